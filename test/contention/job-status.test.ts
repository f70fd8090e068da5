/** The state of jobs on a real DynamoDB stand-in: only the changes that are allowed, however messages come. */
import { GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { type JobRun, JobRefusedError, Jobs, JobTakenError, UnknownJobError } from '../../runtime/job-status';
import { start, stopAll } from '../local/start';
import { scaled } from './support/scale';
import { createTable, documents } from './support/servers';

const TABLE = 'jobs';
const clock = { time: 0, now: () => clock.time };
let client: ReturnType<typeof documents>;
let jobs: Jobs;
let ids = 0;
const newId = () => `job-${ids += 1}`;

beforeAll(async () => {
  const aws = await start();
  await createTable(aws.endpoint, TABLE, 'id:S');
  client = documents(aws.endpoint);
}, 60_000);
afterAll(stopAll);
beforeEach(() => {
  clock.time = Date.parse('2026-11-22T12:00:00Z');
  jobs = new Jobs({ documents: client, tableName: TABLE, retentionSeconds: 3600, clock });
});

async function created(): Promise<string> {
  return (await jobs.create(newId(), { input: { sizes: [1] } })).id;
}

async function started(id: string): Promise<JobRun> {
  return await jobs.start(id) ?? fail(`job ${id} was done`);
}

const fail = (message: string): never => {
  throw new Error(message);
};

test('a job that goes well: queued, running, succeeded', async () => {
  const id = await created();
  const queued = { id, attempts: 0, input: { sizes: [1] }, createdAt: '2026-11-22T12:00:00.000Z' };
  expect(await jobs.find(id)).toEqual({ ...queued, state: 'QUEUED', updatedAt: '2026-11-22T12:00:00.000Z', expiresAt: clock.time / 1000 + 3600 });
  clock.time += 1000;
  const run = await started(id);
  expect(run.attempt).toBe(1);
  expect(run.job.input).toEqual({ sizes: [1] });
  expect(await run.progress(250)).toBe(true);
  expect(await jobs.find(id)).toMatchObject({ state: 'RUNNING', attempts: 1, progress: 100, startedAt: '2026-11-22T12:00:01.000Z' });
  clock.time += 1000;
  expect(await run.succeed({ at: 'somewhere' })).toBe(true);
  expect(await jobs.find(id)).toEqual({
    ...queued, state: 'SUCCEEDED', attempts: 1, result: { at: 'somewhere' }, startedAt: '2026-11-22T12:00:01.000Z',
    updatedAt: '2026-11-22T12:00:02.000Z', finishedAt: '2026-11-22T12:00:02.000Z', expiresAt: clock.time / 1000 + 3600,
  });
});

test('a repeated request makes no second job, and leaves the first as it is', async () => {
  const id = await created();
  const run = await started(id);
  expect(await jobs.create(id, { input: 'other' })).toMatchObject({ state: 'RUNNING', input: { sizes: [1] } });
  expect(await run.succeed()).toBe(true);
});

test('of any number of attempts at once one is heard', async () => {
  const id = await created();
  const runs = await Promise.all(Array.from({ length: scaled(100, 20) }, () => started(id)));
  expect(new Set(runs.map(({ attempt }) => attempt)).size).toBe(runs.length);
  const heard = await Promise.all(runs.map((run) => run.succeed({ by: run.attempt })));
  expect(heard.filter(Boolean)).toHaveLength(1);
  expect(await jobs.find(id)).toMatchObject({ state: 'SUCCEEDED', attempts: runs.length, result: { by: runs.length } });
});

describe('late and twice', () => {
  test('a job that has succeeded is not started again, and nothing changes it', async () => {
    const id = await created();
    const late = await started(id);
    const run = await started(id);
    await run.succeed('done');
    const before = await jobs.find(id);
    clock.time += 5000;
    expect(await jobs.start(id)).toBeUndefined();
    expect([await late.progress(5), await late.succeed('other'), await late.fail({ code: 'c', message: 'm' }), await late.retry()])
      .toEqual([false, false, false, false]);
    expect(await jobs.find(id)).toEqual(before);
  });

  test('an attempt that a later one has overtaken is not heard', async () => {
    const id = await created();
    const late = await started(id);
    await started(id);
    expect([await late.progress(5), await late.succeed('other'), await late.fail({ code: 'c', message: 'm' }), await late.retry()])
      .toEqual([false, false, false, false]);
    expect(await jobs.find(id)).toMatchObject({ state: 'RUNNING', attempts: 2 });
  });

  test('a write whose answer was lost is told from one of somebody else', async () => {
    const id = await created();
    const run = await started(id);
    expect(await run.succeed()).toBe(true);
    expect(await run.succeed()).toBe(true);
    expect(await run.fail({ code: 'c', message: 'm' })).toBe(false);
  });
});

describe('run', () => {
  test('a failure waits for the next attempt, and is final after the last; a redrive tries again', async () => {
    const id = await created();
    const broken = async () => fail('disk full at /var/secret');
    await expect(jobs.run(id, broken, { lastAttempt: false })).rejects.toThrow('disk full');
    expect(await jobs.find(id)).toMatchObject({ state: 'QUEUED', attempts: 1 });
    await expect(jobs.run(id, broken, { lastAttempt: true })).rejects.toThrow('disk full');
    expect(await jobs.find(id)).toMatchObject({ state: 'FAILED', attempts: 2, error: { code: 'failed', message: 'The work failed unexpectedly.' } });
    expect(await jobs.run(id, async () => 'mended', { lastAttempt: false })).toBe('succeeded');
    const mended = await jobs.find(id);
    expect(mended).toMatchObject({ state: 'SUCCEEDED', attempts: 3, result: 'mended' });
    expect(mended).not.toHaveProperty('error');
  });

  test('what is refused fails at once, with its reason, and is not thrown', async () => {
    const id = await created();
    expect(await jobs.run(id, async () => { throw new JobRefusedError('not-an-image', 'No image.'); }, { lastAttempt: false })).toBe('failed');
    expect(await jobs.find(id)).toMatchObject({ state: 'FAILED', error: { code: 'not-an-image', message: 'No image.' } });
  });

  test('tells what became of it', async () => {
    const id = await created();
    expect(await jobs.run(id, async () => { await started(id); }, { lastAttempt: false })).toBe('overtaken');
    expect(await jobs.run(id, async () => undefined, { lastAttempt: false })).toBe('succeeded');
    let worked = false;
    expect(await jobs.run(id, async () => { worked = true; }, { lastAttempt: false })).toBe('done before');
    expect(worked).toBe(false);
  });
});

describe('whose', () => {
  test('a job with an owner is found by its owner only', async () => {
    const { id } = await jobs.create(newId(), { owner: 'alice' });
    expect(await jobs.find(id, 'alice')).toMatchObject({ id });
    expect(await jobs.find(id, 'mallory')).toBeUndefined();
    expect(await jobs.find(id)).toBeUndefined();
    await expect(jobs.create(id, { owner: 'mallory' })).rejects.toBeInstanceOf(JobTakenError);
  });

  test('a job without one is found by everybody', async () => {
    expect(await jobs.find(await created(), 'alice')).toBeDefined();
  });
});

describe('forgotten', () => {
  test('a job that has expired is not found, not started and can be made anew', async () => {
    const id = await created();
    clock.time += 3600 * 1000;
    expect(await jobs.find(id)).toBeUndefined();
    await expect(jobs.start(id)).rejects.toBeInstanceOf(UnknownJobError);
    expect(await jobs.create(id)).toMatchObject({ state: 'QUEUED', attempts: 0 });
  });

  test('every change keeps it for longer', async () => {
    const id = await created();
    clock.time += 3000 * 1000;
    const run = await started(id);
    clock.time += 3000 * 1000;
    await run.progress(50);
    clock.time += 3000 * 1000;
    expect(await jobs.find(id)).toMatchObject({ progress: 50 });
  });

  test('one that succeeded and expired is unknown, not done', async () => {
    const id = await created();
    await (await started(id)).succeed();
    clock.time += 3601 * 1000;
    await expect(jobs.start(id)).rejects.toBeInstanceOf(UnknownJobError);
  });
});

test('there is no job of a name nobody gave', async () => {
  await expect(jobs.start('never')).rejects.toThrow(new UnknownJobError('never'));
  expect(await jobs.find('never')).toBeUndefined();
  const { Item } = await client.send(new GetCommand({ TableName: TABLE, Key: { id: 'never' } }));
  expect(Item).toBeUndefined();
});

test('a job of another programme is read as it is', async () => {
  const id = newId();
  await client.send(new PutCommand({ TableName: TABLE, Item: { id, state: 'QUEUED', attempts: 0, expiresAt: clock.time / 1000 + 60 } }));
  expect((await started(id)).attempt).toBe(1);
});
