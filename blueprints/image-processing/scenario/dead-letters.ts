import * as assert from 'node:assert/strict';
import { StartMessageMoveTaskCommand } from '@aws-sdk/client-sqs';
import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { Step, World } from '../../scenario';
import { assertGrowingGaps, inSeconds } from '../../scenario-checks';
import { depth, eventually, inParallel, type LogLine, logged } from '../../scenario-tools';
import { announce, cleanUp, finished, jobOf, put } from './calls';
import { png } from './pictures';

const ATTEMPTS = 5;
const POISONED = 40;
/** An attempt that runs out of time, on a busy machine, counts and logs nothing: so many messages must have logged all. */
const LOGGED = 30;

/** Writes into a job what it is to do, past the API. */
async function tell(world: World, id: string, sizes: unknown): Promise<void> {
  await world.dynamodb.send(new UpdateCommand({
    TableName: world.outputs.JobsTable,
    Key: { id },
    UpdateExpression: 'SET #input = :input',
    ExpressionAttributeNames: { '#input': 'input' },
    ExpressionAttributeValues: { ':input': { sizes } },
  }));
}

/** Attempts that failed since then for a damaged job, those of each message together. */
async function attemptsSince(world: World, began: number): Promise<LogLine[][]> {
  const lines = await logged(world, world.outputs.ProcessImageLogs!, 'attempt failed');
  const damaged = lines.filter(({ loggedAt, error }) => loggedAt >= began && (error as { name?: string } | undefined)?.name === 'DamagedJobError');
  return [...new Set(damaged.map(({ messageId }) => messageId))].map((id) => damaged.filter(({ messageId }) => messageId === id));
}

export const setsPoisonAside: Step = {
  proves: `a poisoned job is tried exactly ${ATTEMPTS} times with growing gaps, set aside and FAILED; a redrive after the fix finishes it`,
  fault: 'jobs whose record is damaged',
  beside: true,
  run: async (world) => {
    const { WorkDeadLetterQueue: deadLetters, WorkDeadLetterQueueArn: SourceArn } = world.outputs;
    const began = Date.now();
    const image = png(48, 48, [10, 200, 10]);
    const ids = await inParallel(Array.from({ length: POISONED }), 8, async () => {
      const announced = await announce(world, image, [24]);
      await tell(world, announced.id, 'what a bug has left behind');
      assert.equal((await put(announced, image)).status, 200);
      return announced.id;
    });
    await eventually(world, async () => assert.ok(await depth(world, deadLetters!) >= POISONED, 'not all were set aside'), 180);
    const attempts = await eventually(world, async () => {
      const all = await attemptsSince(world, began);
      assert.ok(all.flat().every(({ attempt }) => Number(attempt) <= ATTEMPTS), 'more attempts than configured');
      const complete = all.filter((lines) => lines.length === ATTEMPTS);
      assert.ok(complete.length >= LOGGED, `${complete.length} of ${POISONED} messages logged ${ATTEMPTS} attempts`);
      return complete;
    // On AWS log lines can be found some seconds after they were written.
    }, 60);
    const gaps = assertGrowingGaps(attempts);
    const failed = (await inParallel(ids, 8, (id) => jobOf(world, id))).filter(({ state }) => state === 'FAILED');
    assert.ok(failed.length >= attempts.length, `${failed.length} jobs FAILED`);
    assert.deepEqual([...new Set(failed.map(({ error }) => error?.code))], ['failed']);

    await inParallel(ids, 8, (id) => tell(world, id, [24]));
    await world.sqs.send(new StartMessageMoveTaskCommand({ SourceArn }));
    const redriven = await inParallel(ids, 8, (id) => finished(world, id, 'SUCCEEDED'));
    assert.deepEqual(redriven.filter(({ error }) => error !== undefined), [], 'a job that succeeded tells an error');
    await eventually(world, async () => assert.equal(await depth(world, deadLetters!), 0, 'the dead-letter queue is not empty'));
    await cleanUp(world, ids);
    return `${POISONED} jobs tried ${ATTEMPTS} times each, mean gaps ${inSeconds(gaps)}, ${failed.length} then FAILED; `
      + `${POISONED} of ${POISONED} SUCCEEDED after the redrive`;
  },
};
