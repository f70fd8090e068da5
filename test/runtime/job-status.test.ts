import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { MissingSettingError } from '../../runtime';
import { jobStatusHandler } from '../../runtime/handlers/job-status';
import { acceptedAnswer, callerOf, isJobId, type Job, jobAnswer, jobDocument, Jobs, jobSettings } from '../../runtime/job-status';
import { CONTEXT, httpRequest, RecordingLogger } from './fakes';

const JOB: Job = {
  id: 'job-1', state: 'RUNNING', attempts: 1, input: { secret: 1 }, owner: 'alice', createdAt: '2026-11-22T12:00:00.000Z',
  updatedAt: '2026-11-22T12:00:01.000Z', startedAt: '2026-11-22T12:00:01.000Z', expiresAt: 1_795_953_600,
};

/** A table that refuses in its own way, or fails. */
const failing = (error: Error) => ({ send: async () => { throw error; } }) as unknown as DynamoDBDocumentClient;

describe('answers', () => {
  const settings = { path: '/jobs', pollSeconds: 3 };

  test('202 says where to ask and when', () => {
    const answer = acceptedAnswer({ ...JOB, state: 'QUEUED' }, settings, { upload: 'there', state: 'not this' });
    expect(answer).toMatchObject({ statusCode: 202, headers: { 'location': '/jobs/job-1', 'retry-after': '3', 'cache-control': 'no-store' } });
    expect(JSON.parse(answer.body!)).toMatchObject({ id: 'job-1', state: 'QUEUED', upload: 'there' });
  });

  test.each([['RUNNING', '3'], ['QUEUED', '3'], ['SUCCEEDED', undefined], ['FAILED', undefined]] as const)('200 for a job that is %s', (state, retryAfter) => {
    const answer = jobAnswer({ ...JOB, state }, settings);
    expect(answer.statusCode).toBe(200);
    expect(answer.headers?.['retry-after']).toBe(retryAfter);
  });

  test('show neither input nor owner', () => {
    expect(jobDocument(JOB)).toEqual({
      id: 'job-1', state: 'RUNNING', attempts: 1, createdAt: JOB.createdAt, updatedAt: JOB.updatedAt, startedAt: JOB.startedAt,
      expiresAt: '2026-11-29T12:00:00.000Z',
    });
  });
});

describe('GET /jobs/{id}', () => {
  const asked: unknown[] = [];
  const jobs = { find: async (...question: unknown[]) => { asked.push(question); return question[0] === 'job-1' ? JOB : undefined; } };
  const handler = jobStatusHandler({ jobs, ownerClaim: 'sub', pollSeconds: 2, logger: new RecordingLogger() });

  test('answers the job, and asks for it in the name of the caller', async () => {
    const request = httpRequest({ pathParameters: { id: 'job-1' } });
    Object.assign(request.requestContext, { authorizer: { jwt: { claims: { sub: 'alice' } } } });
    const { statusCode, body } = await handler(request, CONTEXT);
    expect([statusCode, (JSON.parse(body!) as Job).state]).toEqual([200, 'RUNNING']);
    expect(asked.at(-1)).toEqual(['job-1', 'alice']);
  });

  test.each([{ id: 'other' }, undefined])('answers 404 for %p', async (pathParameters) => {
    const { statusCode, headers } = await handler(httpRequest({ pathParameters }), CONTEXT);
    expect([statusCode, headers?.['content-type']]).toEqual([404, 'application/problem+json']);
  });
});

test.each([
  [{ jwt: { claims: { sub: 'alice' } } }, 'alice'],
  [{ lambda: { sub: 'bob' } }, 'bob'],
  [{ lambda: null }, undefined],
  [{ jwt: { claims: { sub: '' } } }, undefined],
  [{ jwt: { claims: { sub: ['alice'] } } }, undefined],
  [undefined, undefined],
])('the caller in %j is %p', (authorizer, caller) => {
  const request = httpRequest();
  Object.assign(request.requestContext, { authorizer });
  expect(callerOf(request, 'sub')).toBe(caller);
});

test.each([['a', true], ['0b8f-A.z_~', true], ['x'.repeat(128), true], ['x'.repeat(129), false], ['', false], ['a/b', false], ['a b', false], [5, false]])(
  '%p as an id: %p', (id, valid) => expect(isJobId(id)).toBe(valid));

test('an id that cannot be part of an address is refused before the table is asked', async () => {
  const jobs = new Jobs({ documents: failing(new Error('asked')), tableName: 't' });
  await expect(jobs.create('a/b')).rejects.toThrow(TypeError);
  expect(await jobs.find('a/b')).toBeUndefined();
});

test('what the table cannot do is told as it is', async () => {
  const jobs = new Jobs({ documents: failing(Object.assign(new Error('slow down'), { name: 'ThrottlingException' })), tableName: 't' });
  await expect(jobs.create('a')).rejects.toThrow('slow down');
  await expect(jobs.start('a')).rejects.toThrow('slow down');
});

test('the error of the work is heard, also when the state cannot be written', async () => {
  let calls = 0;
  const send = async () => {
    calls += 1;
    if (calls > 1) {
      throw new Error('table gone');
    }
    return { Attributes: JOB };
  };
  const jobs = new Jobs({ documents: { send } as unknown as DynamoDBDocumentClient, tableName: 't' });
  await expect(jobs.run('job-1', async () => { throw new Error('the work'); }, { lastAttempt: true })).rejects.toThrow('the work');
  expect(calls).toBe(2);
});

describe('settings', () => {
  test('are read as the construct writes them', () => {
    expect(jobSettings('JOBS', { JOBS_TABLE_NAME: 't', JOBS_JOBS: '604800,2,/v2/jobs' }))
      .toEqual({ tableName: 't', retentionSeconds: 604_800, pollSeconds: 2, path: '/v2/jobs' });
  });

  test.each([undefined, '', '604800', '604800,2', '0,2,/jobs', '1,2,jobs'])('%p is refused', (value) => {
    expect(() => jobSettings('JOBS', { JOBS_TABLE_NAME: 't', JOBS_JOBS: value })).toThrow(MissingSettingError);
  });
});
