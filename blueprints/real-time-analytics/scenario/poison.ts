import * as assert from 'node:assert/strict';
import { PutRecordsCommand } from '@aws-sdk/client-kinesis';
import { ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import type { Step } from '../../scenario';
import { depth, eventually } from '../../scenario-tools';
import { eventOf, likesOf, minute, newPost } from './calls';
import { StreamClient } from './stream';

export const setsPoisonAside: Step = {
  proves: 'a record that cannot be read is found in its batch and set aside, and those before and behind it are counted',
  fault: 'a poisoned record in the middle of a shard',
  run: async (world) => {
    const post = newPost();
    const healthy = () => Array.from({ length: 40 }, () => JSON.stringify(eventOf(post, minute(18))));
    const { Records = [] } = await world.client(StreamClient).send(new PutRecordsCommand({
      StreamName: world.outputs.EventsStream,
      Records: [...healthy(), `{"post":"${post}", this is no event`, ...healthy()]
        .map((data) => ({ PartitionKey: post, Data: Buffer.from(`${data}\n`) })),
    }));
    const poison = Records[40]!;
    await eventually(world, async () => assert.equal(await likesOf(world, post, minute(18)), 80, 'healthy events wait behind a poisoned one'), 90);
    const queue = world.outputs.FailedBatchesQueue!;
    await eventually(world, async () => assert.equal(await depth(world, queue), 1, 'one batch is set aside'));
    const receive = new ReceiveMessageCommand({ QueueUrl: queue, WaitTimeSeconds: 5, VisibilityTimeout: 1 });
    const { Messages = [] } = await world.sqs.send(receive);
    const { KinesisBatchInfo: info } = JSON.parse(Messages[0]?.Body ?? '{}') as { KinesisBatchInfo?: Record<string, unknown> };
    assert.deepEqual([info?.batchSize, info?.startSequenceNumber, info?.shardId], [1, poison.SequenceNumber, poison.ShardId],
      'the dead letter names another record');
    return '80 of 80 healthy events counted; the one poisoned record named by shard and sequence number in the queue of failed batches';
  },
};
