import * as assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { GetCommand } from '@aws-sdk/lib-dynamodb';
import type { Step, World } from '../../scenario';
import { inParallel } from '../../scenario-tools';
import { processed } from './burst';
import { cleanUp, finished, submit } from './calls';
import { png } from './pictures';

const JOBS = 24;
const MOST_ROUNDS = 4;

/** Kills the workers whenever one is at work, until nobody asks any more; resolves to how many there were. */
async function strike(world: World, ids: readonly string[], isOver: () => boolean): Promise<number> {
  let killed = 0;
  for (let strikes = 0; strikes < 3 && !isOver();) {
    const states = await Promise.all(ids.slice(-8).map(async (id) => {
      const get = new GetCommand({ TableName: world.outputs.JobsTable, Key: { id }, ConsistentRead: true });
      const { Item } = await world.dynamodb.send(get);
      return Item?.state as string;
    }));
    if (states.includes('RUNNING')) {
      killed += await world.killWorkers(world.outputs.ProcessImageFunction!);
      strikes++;
    }
    await sleep(10, undefined, { signal: world.signal });
  }
  return killed;
}

/** Sends images while their workers are killed; resolves to the jobs, once all are done. */
async function round(world: World, image: Buffer) {
  const ids: string[] = [];
  let sent = false;
  const sending = inParallel(Array.from({ length: JOBS }), 8, async () => {
    ids.push(await submit(world, image, [256]));
  }).finally(() => {
    sent = true;
  });
  const [killed] = await Promise.all([strike(world, ids, () => sent), sending]);
  return { killed, ids, jobs: await inParallel(ids, 8, (id) => finished(world, id, 'SUCCEEDED')) };
}

export const survivesAKill: Step = {
  proves: 'an image whose worker is killed comes back after the visibility timeout and is finished, once',
  fault: 'worker processes killed while they hold messages',
  localOnly: true,
  run: async (world) => {
    // Large enough that a worker is at it for a while.
    const image = png(1600, 1200, [90, 10, 200]);
    for (let rounds = 1; ; rounds++) {
      const { killed, ids, jobs } = await round(world, image);
      const again = jobs.filter(({ attempts }) => attempts > 1);
      const succeeded = (await processed(world, ids)).filter(({ outcome }) => outcome === 'succeeded');
      assert.equal(new Set(succeeded.map(({ jobId }) => jobId)).size, succeeded.length, 'a job succeeded twice');
      await cleanUp(world, ids);
      if (again.length > 0) {
        return `${killed} worker processes killed, ${again.length} of ${JOBS} images started again, ${JOBS} of ${JOBS} finished`;
      }
      assert.ok(rounds < MOST_ROUNDS, `no image was started again in ${rounds} rounds: ${killed} kills hit nobody at work`);
    }
  },
};
