import * as assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { GetCommand } from '@aws-sdk/lib-dynamodb';
import type { Step, World } from '../../scenario';
import { inParallel } from '../../scenario-tools';
import { processed } from './burst';
import { cleanUp, finished, submit } from './calls';
import { png } from './pictures';

const JOBS = 24;

/** Waits until a job is being worked on, then kills the workers; resolves to how many there were. */
async function strike(world: World, ids: readonly string[]): Promise<number> {
  for (let i = 0; i < 400; i++) {
    const states = await Promise.all(ids.map(async (id) => {
      const get = new GetCommand({ TableName: world.outputs.JobsTable, Key: { id }, ConsistentRead: true });
      const { Item } = await world.dynamodb.send(get);
      return Item?.state as string;
    }));
    if (states.includes('RUNNING')) {
      return world.killWorkers(world.outputs.ProcessImageFunction!);
    }
    await sleep(10, undefined, { signal: world.signal });
  }
  return 0;
}

export const survivesAKill: Step = {
  proves: 'an image whose worker is killed comes back after the visibility timeout and is finished, once',
  fault: 'worker processes killed while they hold messages',
  localOnly: true,
  run: async (world) => {
    // Large enough that a worker is at it for a while.
    const image = png(1600, 1200, [90, 10, 200]);
    const ids = await inParallel(Array.from({ length: JOBS }), 8, () => submit(world, image, [256]));
    let killed = 0;
    for (let i = 0; i < 3; i++) {
      killed += await strike(world, ids);
    }
    const jobs = await inParallel(ids, 8, (id) => finished(world, id, 'SUCCEEDED'));
    const again = jobs.filter(({ attempts }) => attempts > 1);
    assert.ok(again.length > 0, `no image was started again: ${killed} kills hit nobody at work`);
    const succeeded = (await processed(world, ids)).filter(({ outcome }) => outcome === 'succeeded');
    assert.equal(new Set(succeeded.map(({ jobId }) => jobId)).size, succeeded.length, 'a job succeeded twice');
    await cleanUp(world, ids);
    return `${killed} worker processes killed, ${again.length} of ${JOBS} images started again, ${JOBS} of ${JOBS} finished`;
  },
};
