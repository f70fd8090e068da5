import * as assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { HeadObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { GetCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { Step, World } from '../../scenario';
import { eventually } from '../../scenario-tools';
import { announce, becomes, call, png, put, uploadOf, users } from './calls';

async function rowOf(world: World, id: string): Promise<Record<string, unknown>> {
  const get = new GetCommand({ TableName: world.outputs.UploadsTable, Key: { id }, ConsistentRead: true });
  return (await world.dynamodb.send(get)).Item!;
}

/** Has the time of an upload be over: a day is long to wait. */
async function letTimePass(world: World, id: string): Promise<void> {
  await world.dynamodb.send(new UpdateCommand({
    TableName: world.outputs.UploadsTable, Key: { id }, UpdateExpression: 'SET expiresAt = :past',
    ExpressionAttributeValues: { ':past': Math.floor(Date.now() / 1000) - 1 },
  }));
}

async function exists(world: World, Key: string): Promise<boolean> {
  try {
    await world.client(S3Client).send(new HeadObjectCommand({ Bucket: world.outputs.OriginalsBucket, Key }));
    return true;
  } catch (error) {
    assert.equal((error as Error).name, 'NotFound');
    return false;
  }
}

export const expires: Step = {
  proves: 'a URL that is over opens nothing, an upload that never came is EXPIRED at once, and what comes after that is thrown away',
  run: async (world) => {
    const { alice } = await users(world);
    const bytes = png(2000);
    const short = (await announce(world, alice, bytes, 'image/png', { urlExpiresInSeconds: 1 })).upload!;
    await sleep(2500, undefined, { signal: world.signal });
    assert.equal((await put(short, bytes)).status, 403, 'a URL that is over');

    const { id, upload: late } = await announce(world, alice, bytes, 'image/png');
    await letTimePass(world, id);
    assert.equal((await uploadOf(world, alice, id)).status, 'EXPIRED');
    const { status, key, purgeAt } = await rowOf(world, id);
    assert.equal(status, 'EXPIRED', 'the row is not marked');
    assert.ok(Number(purgeAt) > Date.now() / 1000, 'the table never deletes the row');
    assert.equal((await put(late!, bytes)).status, 200, 'S3 knows nothing of the row');
    await eventually(world, async () => assert.equal(await exists(world, String(key)), false, 'an object that came too late is kept'));
    await becomes(world, alice, id, 'EXPIRED');

    const given = await announce(world, alice, bytes, 'image/png');
    assert.equal((await call(world, alice, 'DELETE', `/uploads/${given.id}`)).status, 204);
    assert.equal((await call(world, alice, 'GET', `/uploads/${given.id}`)).status, 404, 'an upload that was given up');
    return '403 for a URL of 1 s after 2.5 s; EXPIRED at the first read, marked in the table; a late object deleted; 404 after DELETE';
  },
};
