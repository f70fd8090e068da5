import * as assert from 'node:assert/strict';
import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import type { Step, World } from '../../scenario';
import { eventually, logged } from '../../scenario-tools';
import { becomes, feedOf, mp4, png, upload, users } from './calls';

/** How often a subscriber noted something, and how often it was told so again. */
async function toldOf(world: World, logGroup: string, id: string): Promise<readonly [noted: number, again: number]> {
  const count = async (message: string) => (await logged(world, logGroup, message)).filter((line) => line.id === id).length;
  return [await count('noted'), await count('noted before')];
}

export const tellsSubscribersOnce: Step = {
  proves: 'each subscriber gets a copy of what matches its filter and of nothing else, and notes it once however often it is told',
  fault: 'every announcement of a video delivered three times',
  run: async (world) => {
    const { alice } = await users(world);
    const { NotifyLogs: notify, ReviewLogs: review, ReadyTopic: TopicArn } = world.outputs;
    const video = await upload(world, alice, mp4(3000), 'video/mp4');
    const image = await upload(world, alice, png(3000), 'image/png');
    await Promise.all([video, image].map((id) => becomes(world, alice, id, 'READY')));
    const told = (logGroup: string, id: string, expected: readonly [number, number]) => eventually(world, async () =>
      assert.deepEqual(await toldOf(world, logGroup, id), expected, 'how often a subscriber noted it, and was told it again'));
    await Promise.all([told(notify!, video, [1, 0]), told(review!, video, [1, 0]), told(notify!, image, [1, 0])]);

    const { sub } = JSON.parse(Buffer.from(alice.token.split('.')[1]!, 'base64url').toString()) as { sub: string };
    const again = new PublishCommand({
      TopicArn,
      Message: JSON.stringify({ id: video, owner: sub, kind: 'video', contentType: 'video/mp4' }),
      MessageAttributes: { kind: { DataType: 'String', StringValue: 'video' } },
    });
    await world.client(SNSClient).send(again);
    await world.client(SNSClient).send(again);
    await Promise.all([told(notify!, video, [1, 2]), told(review!, video, [1, 2])]);
    assert.deepEqual(await toldOf(world, review!, image), [0, 0], 'the moderators were told of an image');
    assert.deepEqual(await feedOf(world, alice, video), ['ready', 'review']);
    assert.deepEqual(await feedOf(world, alice, image), ['ready']);
    return 'a video told to 2 of 2 subscribers and noted once by each under 3 deliveries; an image told to 1 of 2';
  },
};
