import * as assert from 'node:assert/strict';
import { DeleteObjectsCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import type { Step, World } from '../../scenario';

/** Deletes every object of both buckets; resolves to how many there were. */
export async function emptyBuckets(world: World): Promise<number> {
  const s3 = world.client(S3Client);
  let deleted = 0;
  for (const Bucket of [world.outputs.OriginalsBucket, world.outputs.PublishedBucket]) {
    for (;;) {
      const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket }));
      if (Contents.length === 0) {
        break;
      }
      const Objects = Contents.map(({ Key }) => ({ Key }));
      const { Errors = [] } = await s3.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects } }));
      assert.deepEqual(Errors, []);
      deleted += Contents.length;
    }
  }
  return deleted;
}

export const emptiesBuckets: Step = {
  proves: 'nothing is left in the buckets, so that they go with the stack',
  run: async (world) => `${await emptyBuckets(world)} objects deleted`,
};
