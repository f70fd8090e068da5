import * as assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import type { Step } from '../../scenario';
import { eventually, logged } from '../../scenario-tools';
import { eventOf, likesOf, MINUTE, minute, newPost, sendEvents } from './calls';
import { emptyArchive } from './archive';
import { recordsOf } from './stream';

export const countsOncePerDelivery: Step = {
  proves: 'a batch that is delivered four times, whole and in parts, counts once',
  fault: 'duplicate delivery',
  run: async (world) => {
    const post = newPost();
    await sendEvents(world, Array.from({ length: 200 }, (_, n) => eventOf(post, minute(13) + n * 100)));
    await eventually(world, async () => assert.equal(await likesOf(world, post, minute(13)), 200));
    const mine = (await recordsOf(world)).filter(({ data }) => data.includes(post));
    assert.equal(mine.length, 200);
    const Records = mine.map(({ shard, record }) => ({
      eventID: `${shard}:${record.SequenceNumber}`,
      eventSource: 'aws:kinesis',
      eventSourceARN: `arn:aws:kinesis:us-east-1:000000000000:stream/${world.outputs.EventsStream}`,
      kinesis: {
        data: Buffer.from(record.Data!).toString('base64'),
        sequenceNumber: record.SequenceNumber,
        partitionKey: record.PartitionKey,
        approximateArrivalTimestamp: Number(record.ApproximateArrivalTimestamp) / 1000,
      },
    }));
    for (const records of [Records, Records, Records.slice(0, 70), Records.slice(70)]) {
      const { FunctionError, Payload } = await world.client(LambdaClient).send(new InvokeCommand({
        FunctionName: world.outputs.CountFunction, Payload: Buffer.from(JSON.stringify({ Records: records })),
      }));
      const answer = Buffer.from(Payload!).toString();
      assert.equal(FunctionError, undefined, answer);
      assert.deepEqual(JSON.parse(answer), { batchItemFailures: [] });
    }
    const counted = await likesOf(world, post, minute(13));
    assert.equal(counted, 200, `${counted} were counted of 200`);
    return '200 events, 600 more deliveries of them to the counting function: 200 counted';
  },
};

const ROUND = 1000;
const ROUNDS = 4;

export const survivesCrashes: Step = {
  proves: 'a worker that crashes while it counts loses no event and counts none twice',
  fault: 'worker processes killed while they count',
  localOnly: true,
  run: async (world) => {
    const post = newPost();
    let killed = 0;
    let sent = 0;
    const before = await repeatedRecords();
    const begin = Math.floor(Date.now() / MINUTE) * MINUTE;
    for (let round = 0; round < ROUNDS; round++) {
      await sendEvents(world, Array.from({ length: ROUND }, () => eventOf(post, begin)));
      sent += ROUND;
      for (let strike = 0; strike < 4; strike++) {
        await sleep(40, undefined, { signal: world.signal });
        killed += await world.killWorkers(world.outputs.CountFunction!);
      }
    }
    assert.ok(killed > 0, 'no worker was there to be killed');
    await eventually(world, async () => assert.equal(await likesOf(world, post, begin), sent, 'not all were counted'), 60);
    // Whatever is still delivered again must not move it.
    await sleep(1500, undefined, { signal: world.signal });
    const counted = await likesOf(world, post, begin);
    assert.equal(counted, sent, `${counted} were counted of ${sent}`);
    const repeated = await repeatedRecords() - before;
    await emptyArchive(world);
    return `${killed} worker processes killed, ${repeated} events delivered again that had been counted, ${counted} of ${sent} in the end`;

    async function repeatedRecords(): Promise<number> {
      const lines = await logged(world, world.outputs.CountLogs!, 'counted');
      return lines.reduce((sum, { repeated: each }) => sum + Number(each), 0);
    }
  },
};
