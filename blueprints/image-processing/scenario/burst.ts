import * as assert from 'node:assert/strict';
import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import type { Step, World } from '../../scenario';
import { depth, eventually, inParallel, logged } from '../../scenario-tools';
import { cleanUp, finished, keysOf, submit } from './calls';
import { png, webpSize } from './pictures';

const JOBS = 1000;
/** The most images worked on at once, unless the blueprint is told otherwise. */
const LIMIT = 10;

/** One delivery of an upload, as the worker logs it. */
export interface Processed {
  readonly jobId: string;
  readonly outcome: string;
  readonly startedAt: number;
  readonly endedAt: number;
}

/** Every delivery of the uploads of these jobs so far. */
export async function processed(world: World, ids: readonly string[]): Promise<Processed[]> {
  const mine = new Set(ids);
  const lines = await logged(world, world.outputs.ProcessImageLogs!, 'image processed') as unknown as Processed[];
  return lines.filter(({ jobId }) => mine.has(jobId));
}

/** The most of them that were under way at one moment. */
function mostAtOnce(deliveries: readonly Processed[]): number {
  const steps = deliveries.flatMap(({ startedAt, endedAt }) => [{ at: startedAt, by: 1 }, { at: endedAt, by: -1 }]);
  let now = 0;
  return Math.max(...steps.sort((a, b) => a.at - b.at || a.by - b.by).map(({ by }) => now += by));
}

export const worksOffABurst: Step = {
  proves: `a burst of ${JOBS} jobs is worked off, each exactly once, while at most ${LIMIT} images are worked on`,
  run: async (world) => {
    const { ThumbnailsBucket: bucket } = world.outputs;
    const began = Date.now();
    const numbers = Array.from({ length: JOBS }, (_, index) => index);
    // 40 widths, so that no output can be taken for that of any other job.
    const ids = await inParallel(numbers, 16, (index) =>
      submit(world, png(32 + index % 40, 16, [index % 256, index >> 8, 99]), [16]));
    const submitted = Date.now();
    const mine = new Set(ids);
    await eventually(world, async () => assert.equal(await depth(world, world.outputs.WorkQueue!), 0, 'the queue is not empty'), 180);
    await eventually(world, async () => {
      const done = (await keysOf(world, bucket!)).filter((key) => mine.has(key.split('/')[0]!));
      assert.equal(done.length, JOBS, `${done.length} thumbnails of ${JOBS}`);
    }, 60);
    const deliveries = await eventually(world, async () => {
      const all = await processed(world, ids);
      const succeeded = all.filter(({ outcome }) => outcome === 'succeeded');
      assert.equal(succeeded.length, JOBS, `${succeeded.length} jobs succeeded`);
      assert.equal(new Set(succeeded.map(({ jobId }) => jobId)).size, JOBS, 'a job succeeded twice');
      return all;
    }, 60);
    const seconds = (Date.now() - began) / 1000;
    const atOnce = mostAtOnce(deliveries);
    assert.ok(atOnce <= LIMIT, `${atOnce} images were worked on at once`);
    await inParallel(numbers.filter((index) => index % 25 === 0), 4, async (index) => {
      const width = 32 + index % 40;
      const { result } = await finished(world, ids[index]!, 'SUCCEEDED');
      const expected = [16, Math.round(16 * 16 / width)];
      assert.deepEqual([result?.width, result?.thumbnails[0]?.width, result?.thumbnails[0]?.height], [width, ...expected]);
      const { Body } = await world.client(S3Client).send(new GetObjectCommand({ Bucket: bucket, Key: `${ids[index]}/16.webp` }));
      assert.deepEqual([...webpSize(Buffer.from(await Body!.transformToByteArray()))], expected);
    });
    await cleanUp(world, ids);
    return `${JOBS} uploads in ${((submitted - began) / 1000).toFixed(0)} s, ${JOBS} thumbnails and ${JOBS} jobs that succeeded once after ${seconds.toFixed(0)} s, `
      + `${deliveries.length} deliveries, at most ${atOnce} at once; 40 thumbnails opened, all of their own size`;
  },
};
