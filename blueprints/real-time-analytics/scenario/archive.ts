import * as assert from 'node:assert/strict';
import { gunzipSync } from 'node:zlib';
import { DeleteObjectsCommand, GetObjectCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import type { Step, World } from '../../scenario';
import { eventually, inParallel } from '../../scenario-tools';
import { recordsOf } from './stream';

async function keysOf(world: World): Promise<string[]> {
  const keys: string[] = [];
  let ContinuationToken: string | undefined;
  do {
    const list = new ListObjectsV2Command({ Bucket: world.outputs.ArchiveBucket, ContinuationToken });
    const { Contents = [], NextContinuationToken } = await world.client(S3Client).send(list);
    keys.push(...Contents.map(({ Key }) => Key!));
    ContinuationToken = NextContinuationToken;
  } while (ContinuationToken);
  return keys;
}

/** Every line of the archive. Firehose compresses; a local AWS does not. */
export async function archivedLines(world: World): Promise<string[]> {
  const lines = await inParallel(await keysOf(world), 8, async (Key) => {
    const { Body } = await world.client(S3Client).send(new GetObjectCommand({ Bucket: world.outputs.ArchiveBucket, Key }));
    const bytes = Buffer.from(await Body!.transformToByteArray());
    const text = (bytes[0] === 0x1f && bytes[1] === 0x8b ? gunzipSync(bytes) : bytes).toString('utf8');
    return text.split('\n').filter((line) => line !== '');
  });
  return lines.flat();
}

/** Removes what the scenario has put into the bucket, which could not be deleted with anything in it. */
export async function emptyArchive(world: World): Promise<number> {
  const keys = await keysOf(world);
  for (let first = 0; first < keys.length; first += 1000) {
    const Objects = keys.slice(first, first + 1000).map((Key) => ({ Key }));
    const remove = new DeleteObjectsCommand({ Bucket: world.outputs.ArchiveBucket, Delete: { Objects, Quiet: true } });
    await world.client(S3Client).send(remove);
  }
  return keys.length;
}

export const archivesEverything: Step = {
  proves: 'the archive holds every record of the stream, poisoned ones included',
  run: async (world) => {
    const written = (await recordsOf(world)).map(({ data }) => data.trimEnd()).sort();
    // Firehose collects for a minute, and may deliver twice.
    const { lines, objects } = await eventually(world, async () => {
      const all = await archivedLines(world);
      assert.deepEqual([...new Set(all)].sort(), [...new Set(written)], 'the archive and the stream differ');
      return { lines: all.length, objects: (await keysOf(world)).length };
    }, 150);
    await emptyArchive(world);
    return `${written.length} records in the stream, ${lines} lines in ${objects} objects; the bucket is emptied again`;
  },
};
