import * as assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { HeadObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { GetCommand } from '@aws-sdk/lib-dynamodb';
import type { Upload } from '../../../runtime';
import type { Step, World } from '../../scenario';
import { depth, eventually, inParallel, logged, send } from '../../scenario-tools';
import { becomes, feedOf, png, upload, users } from './calls';
import { emptyBuckets } from './emptying';

/** An event as S3 tells it, in the fields that are read. */
async function storageEvent(world: World, id: string): Promise<string> {
  const get = new GetCommand({ TableName: world.outputs.UploadsTable, Key: { id }, ConsistentRead: true });
  const { key } = (await world.dynamodb.send(get)).Item as Upload;
  const { ContentLength: size, ETag = '' } = await world.client(S3Client).send(
    new HeadObjectCommand({ Bucket: world.outputs.OriginalsBucket, Key: key }),
  );
  return JSON.stringify({ 'detail-type': 'Object Created', 'detail': { object: { key, size, etag: ETag.replaceAll('"', '') } } });
}

const linesOf = async (world: World, logGroup: string, message: string, ids: readonly string[]) =>
  (await logged(world, logGroup, message)).filter(({ id }) => ids.includes(String(id)));

export const changesOnce: Step = {
  proves: 'a storage event that is delivered again and again changes the state of an upload once, and has it published once',
  fault: 'duplicate storage events, before and after the upload is READY',
  run: async (world) => {
    const { alice } = await users(world);
    const ids = await inParallel(Array.from({ length: 4 }), 4, () => upload(world, alice, png(5000), 'image/png'));
    const duplicate = async () => {
      const events = await Promise.all(ids.map((id) => storageEvent(world, id)));
      await send(world, world.outputs.EventsQueue!, [...events, ...events]);
    };
    await duplicate();
    await Promise.all(ids.map((id) => becomes(world, alice, id, 'READY')));
    await duplicate();
    const { KeeperLogs: keeper, ProcessLogs: publisher } = world.outputs;
    const arrivals = await eventually(world, async () => {
      const lines = await linesOf(world, keeper!, 'upload arrived', ids);
      assert.ok(lines.length >= ids.length * 5, `${lines.length} of ${ids.length * 5} storage events were seen`);
      return lines.length;
    });
    await eventually(world, async () => assert.equal(await depth(world, world.outputs.ProcessingQueue!), 0, 'uploads are still processed'));
    const published = await eventually(world, async () => {
      const lines = (await linesOf(world, publisher!, 'upload processed', ids)).filter(({ outcome }) => outcome === 'published');
      assert.ok(lines.length >= ids.length, `${lines.length} times published`);
      return lines;
    });
    assert.equal(published.length, ids.length, `${published.length} times published`);
    for (const id of ids) {
      await becomes(world, alice, id, 'READY');
      await eventually(world, async () => assert.deepEqual(await feedOf(world, alice, id), ['ready']));
    }
    return `${ids.length} uploads, ${arrivals} storage events, ${published.length} times published, one entry in the feed for each`;
  },
};

const ROUND = 6;
const MOST_ROUNDS = 4;

export const survivesCrashes: Step = {
  proves: 'an upload whose publisher crashes in the middle is taken up again, and READY once',
  fault: 'publisher processes killed while they work',
  localOnly: true,
  run: async (world) => {
    const { alice } = await users(world);
    const { ProcessingQueue: queue, ProcessLogs: logs, ProcessFunction: publisher } = world.outputs;
    const recoveries = async () => (await logged(world, logs!, 'recovered')).length;
    const before = await recoveries();
    const ids: string[] = [];
    let killed = 0;
    // A kill between two messages crashes nobody at work: such a round proves nothing and is repeated.
    for (let round = 0; round < MOST_ROUNDS && await recoveries() === before; round++) {
      ids.push(...await inParallel(Array.from({ length: ROUND }), ROUND, () => upload(world, alice, png(4_000_000), 'image/png')));
      for (let i = 0; i < 200 && await depth(world, queue!) === 0; i++) {
        await sleep(10, undefined, { signal: world.signal });
      }
      for (let i = 0; i < 5; i++) {
        killed += await world.killWorkers(publisher!);
        await sleep(50, undefined, { signal: world.signal });
      }
      await Promise.all(ids.map((id) => becomes(world, alice, id, 'READY', 120)));
    }
    const recovered = await recoveries() - before;
    assert.ok(recovered > 0, `no upload was taken up again: ${killed} kills hit nobody at work`);
    const lines = (await linesOf(world, logs!, 'upload processed', ids)).filter(({ outcome }) => outcome === 'published');
    assert.ok(lines.length <= ids.length, `${lines.length} uploads became READY of ${ids.length}`);
    for (const id of ids) {
      await eventually(world, async () => assert.deepEqual(await feedOf(world, alice, id), ['ready'], 'the feed of an upload'));
    }
    await emptyBuckets(world);
    return `${killed} processes killed, ${recovered} uploads taken up again, ${ids.length} of ${ids.length} READY, one entry in the feed for each`;
  },
};
