import type { S3Client as Client } from '@aws-sdk/client-s3';
import { S3Client } from '@aws-sdk/client-s3';
import { announceImageHandler } from '../../../blueprints/image-processing/handlers/announce-image';
import { processImageHandler } from '../../../blueprints/image-processing/handlers/process-image';
import { showThumbnailHandler } from '../../../blueprints/image-processing/handlers/show-thumbnail';
import { png } from '../../../blueprints/image-processing/scenario/pictures';
import type { Job, Jobs, NewJob } from '../../../runtime';
import type { JobRun } from '../../../runtime/job-status';
import { CONTEXT, fakeSqs, httpRequest, RecordingLogger, sqsRecord } from '../../runtime/fakes';

const JOB: Job = {
  id: 'job-1', state: 'QUEUED', attempts: 1, input: { sizes: [16, 32] }, createdAt: 'c', updatedAt: 'u', expiresAt: 1_795_953_600,
};
/** Signs without asking anybody. */
const s3 = new S3Client({
  region: 'eu-west-1', credentials: { accessKeyId: 'a', secretAccessKey: 'b' }, requestChecksumCalculation: 'WHEN_REQUIRED',
});

describe('POST /images', () => {
  const created: [string, NewJob | undefined][] = [];
  const jobs: Pick<Jobs, 'create'> = { create: async (id, job) => { created.push([id, job]); return { ...JOB, id }; } };
  const handler = announceImageHandler({
    jobs, settings: { path: '/jobs', pollSeconds: 2 }, s3, uploadsBucket: 'uploads', logger: new RecordingLogger(), newId: () => 'new-id',
  });
  const post = (document: unknown) => handler(httpRequest({ headers: { 'content-type': 'application/json' }, body: JSON.stringify(document) }), CONTEXT);

  test('makes a job and signs an address for that upload and no other', async () => {
    const answer = await post({ contentType: 'image/png', bytes: 1234, sizes: [64] });
    expect(answer).toMatchObject({ statusCode: 202, headers: { 'location': '/jobs/new-id', 'retry-after': '2' } });
    expect(created).toEqual([['new-id', { input: { sizes: [64] } }]]);
    const { upload, state } = JSON.parse(answer.body!) as {
      state: string; upload: { method: string; url: string; headers: object };
    };
    expect([state, upload.method, upload.headers]).toEqual(['QUEUED', 'PUT', { 'content-type': 'image/png', 'if-none-match': '*' }]);
    const url = new URL(upload.url);
    expect([url.hostname, url.pathname]).toEqual(['uploads.s3.eu-west-1.amazonaws.com', '/new-id']);
    expect(url.searchParams.get('X-Amz-SignedHeaders')).toBe('content-length;content-type;host;if-none-match');
    expect(url.searchParams.get('X-Amz-Expires')).toBe('900');
    // It would be the checksum of nothing.
    expect(upload.url).not.toContain('checksum');
  });

  test('makes none of a bad request', async () => {
    created.length = 0;
    expect(await post({ contentType: 'text/html', bytes: 5 })).toMatchObject({ statusCode: 422 });
    expect(created).toEqual([]);
  });
});

/** A bucket in memory. */
function bucket(original: Buffer) {
  const written: Record<string, string> = {};
  const send = async ({ input }: { input: { Key: string; Body?: Buffer; ContentType?: string } }) => {
    if (input.Body) {
      written[input.Key] = input.ContentType!;
      return {};
    }
    return { Body: { transformToByteArray: async () => original } };
  };
  return { written, s3: { send } as unknown as Pick<Client, 'send'> };
}

describe('an upload in the queue', () => {
  function setUp(original: Buffer, job: Job = JOB) {
    const asked: boolean[] = [];
    const results: unknown[] = [];
    const jobs: Pick<Jobs, 'run'> = {
      run: async (_, work, { lastAttempt }) => {
        asked.push(lastAttempt);
        results.push(await work({ job } as JobRun));
        return 'succeeded';
      },
    };
    const logger = new RecordingLogger();
    const { s3: files, written } = bucket(original);
    const handler = processImageHandler({
      jobs, s3: files, uploadsBucket: 'uploads', thumbnailsBucket: 'thumbnails', logger,
      sqs: fakeSqs(), queueUrl: 'queue', retry: { maxAttempts: 5, firstDelaySeconds: 1, maxDelaySeconds: 900 },
    });
    const deliver = (size: number, receiveCount: number) =>
      handler({ Records: [sqsRecord('m', JSON.stringify({ detail: { object: { key: 'job-1', size } } }), receiveCount)] });
    return { deliver, asked, results, written, logger };
  }

  test('becomes thumbnails under the id of its job', async () => {
    const { deliver, asked, results, written, logger } = setUp(png(64, 32, [1, 2, 3]));
    expect(await deliver(100, 1)).toEqual({ batchItemFailures: [] });
    expect(written).toEqual({ 'job-1/16.webp': 'image/webp', 'job-1/32.webp': 'image/webp' });
    expect(results).toEqual([{
      format: 'png', width: 64, height: 32,
      thumbnails: [
        { size: 16, width: 16, height: 8, bytes: expect.any(Number) as number, path: '/images/job-1/16' },
        { size: 32, width: 32, height: 16, bytes: expect.any(Number) as number, path: '/images/job-1/32' },
      ],
    }]);
    expect(asked).toEqual([false]);
    expect(logger.lines).toMatchObject([{ message: 'image processed', fields: { jobId: 'job-1', outcome: 'succeeded' } }]);
  });

  test.each([[4, false], [5, true], [6, true]])('in its delivery %d is tried for the last time: %p', async (receiveCount, lastAttempt) => {
    const { deliver, asked } = setUp(png(64, 32, [1, 2, 3]));
    await deliver(100, receiveCount);
    expect(asked).toEqual([lastAttempt]);
  });

  test('of more bytes than are taken is not even read', async () => {
    const { deliver, written, logger } = setUp(png(64, 32, [1, 2, 3]));
    // The real run keeps the refusal; this one lets it through.
    expect((await deliver(20_000_001, 1)).batchItemFailures).toHaveLength(1);
    expect(logger.lines[0]).toMatchObject({ message: 'attempt failed', fields: { error: { name: 'JobRefusedError' } } });
    expect(written).toEqual({});
  });

  test('whose job is damaged fails, and is tried again', async () => {
    const { deliver, logger } = setUp(png(64, 32, [1, 2, 3]), { ...JOB, input: {} });
    expect((await deliver(100, 1)).batchItemFailures).toHaveLength(1);
    expect(logger.lines[0]).toMatchObject({ fields: { error: { name: 'DamagedJobError' } } });
  });
});

describe('GET /images/{id}/{size}', () => {
  const heads: string[] = [];
  const client = new S3Client({ region: 'eu-west-1', credentials: { accessKeyId: 'a', secretAccessKey: 'b' } });
  jest.spyOn(client, 'send').mockImplementation(async (command: { input: object }) => {
    const { Key } = command.input as { Key: string };
    heads.push(Key);
    if (Key !== 'job-1/64.webp') {
      const { NotFound } = jest.requireActual<typeof import('@aws-sdk/client-s3')>('@aws-sdk/client-s3');
      throw new NotFound({ message: 'no', $metadata: {} });
    }
  });
  const handler = showThumbnailHandler({ s3: client, thumbnailsBucket: 'thumbnails', logger: new RecordingLogger() });
  const get = (pathParameters: Record<string, string>) => handler(httpRequest({ pathParameters }), CONTEXT);

  test('leads to S3 for five minutes', async () => {
    const { statusCode, headers } = await get({ id: 'job-1', size: '64' });
    expect([statusCode, headers?.['cache-control']]).toEqual([307, 'no-store']);
    expect(headers?.location).toMatch(/^https:\/\/thumbnails\.s3\.eu-west-1\.amazonaws\.com\/job-1\/64\.webp\?/);
    expect(headers?.location).toContain('X-Amz-Expires=300');
  });

  test('is 404 for one that is not there', async () => {
    expect(await get({ id: 'job-1', size: '65' })).toMatchObject({ statusCode: 404 });
  });

  test.each([{ id: 'a/b', size: '64' }, { id: 'job-1', size: '064' }, { id: 'job-1', size: '64.webp' }, { id: 'job-1', size: '' }])('is 404 for %j, without a look', async (path) => {
    heads.length = 0;
    expect(await get(path)).toMatchObject({ statusCode: 404 });
    expect(heads).toEqual([]);
  });
});
