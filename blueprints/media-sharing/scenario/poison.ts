import * as assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { PutCommand } from '@aws-sdk/lib-dynamodb';
import type { Upload } from '../../../runtime';
import type { Step } from '../../scenario';
import { depth, eventually, logged, send } from '../../scenario-tools';
import { becomes, png, upload, users } from './calls';

const ATTEMPTS = 5;
const SIZE = 10;

export const setsPoisonAside: Step = {
  proves: `an upload that cannot be processed is set aside after ${ATTEMPTS} attempts and FAILED, while others become READY`,
  fault: 'an object that is gone when it is processed',
  run: async (world) => {
    const { alice } = await users(world);
    const { UploadsTable, OriginalsBucket: bucket, ProcessingQueue: queue } = world.outputs;
    const { ProcessingDeadLetterQueue: deadLetters, ProcessLogs: logs } = world.outputs;
    const { sub: owner } = JSON.parse(Buffer.from(alice.token.split('.')[1]!, 'base64url').toString()) as { sub: string };
    const id = randomUUID();
    const key = `uploads/${owner}/${id}`;
    const row: Upload = {
      id, owner, key, status: 'UPLOADED', size: SIZE, contentType: 'image/png', createdAt: new Date().toISOString(), expiresAt: 0,
      handedOver: true,
    };
    await world.dynamodb.send(new PutCommand({ TableName: UploadsTable, Item: row }));
    const [messageId] = await send(world, queue!, [JSON.stringify({ id, owner, bucket, key, size: SIZE, contentType: 'image/png' })]);
    const healthy = await upload(world, alice, png(3000), 'image/png');
    await becomes(world, alice, healthy, 'READY');
    const { reason } = await becomes(world, alice, id, 'FAILED');
    await eventually(world, async () => assert.equal(await depth(world, deadLetters!), 1, 'it was not set aside'));
    const attempts = await eventually(world, async () => {
      const lines = (await logged(world, logs!, 'attempt failed')).filter((line) => line.messageId === messageId);
      assert.equal(lines.length, ATTEMPTS, `${lines.length} attempts`);
      return lines.length;
    });
    return `${attempts} attempts, then 1 dead letter and FAILED: ${reason}; another upload READY meanwhile`;
  },
};
