import type { FeedEntry } from '../../../blueprints/media-sharing/domain/feed';
import type { Media } from '../../../blueprints/media-sharing/domain/media';
import { followMediaHandler } from '../../../blueprints/media-sharing/handlers/follow-media';
import { libraryHandler } from '../../../blueprints/media-sharing/handlers/library';
import { processUploadHandler } from '../../../blueprints/media-sharing/handlers/process-upload';
import { type HttpRequest, UploadStateError } from '../../../runtime';
import { CONTEXT, fakeSqs, httpRequest, RecordingLogger, sqsRecord } from '../../runtime/fakes';

const RETRY = { maxAttempts: 5, firstDelaySeconds: 1, maxDelaySeconds: 900 };
const consumer = () => ({ sqs: fakeSqs(), queueUrl: 'queue', retry: RETRY, logger: new RecordingLogger() });

describe('process-upload', () => {
  const run = async (receiveCount: number, failed: (id: string, reason: string) => Promise<boolean>) => {
    const logger = new RecordingLogger();
    const publisher = { publish: async () => { throw new Error('gone'); } };
    const handler = processUploadHandler({ ...consumer(), logger, publisher, states: { failed } });
    const { batchItemFailures } = await handler({ Records: [sqsRecord('m1', '{"id":"u1"}', receiveCount)] });
    return { failures: batchItemFailures, errors: logger.lines.map(({ fields }) => JSON.stringify(fields.error)) };
  };

  test('logs what became of an upload', async () => {
    const logger = new RecordingLogger();
    const handler = processUploadHandler({
      ...consumer(), logger, publisher: { publish: async () => 'published' }, states: { failed: async () => true },
    });
    expect(await handler({ Records: [sqsRecord('m1', '{"id":"u1"}')] })).toEqual({ batchItemFailures: [] });
    expect(logger.lines).toEqual([{ level: 'info', message: 'upload processed', fields: { id: 'u1', outcome: 'published' } }]);
  });

  test.each([[1, []], [4, []], [5, [['u1', 'it could not be processed']]]])('marks it as FAILED at the last attempt only: %d', async (count, marked) => {
    const calls: unknown[] = [];
    const { failures } = await run(count, async (...call) => calls.push(call) > 0);
    expect(calls).toEqual(marked);
    expect(failures).toHaveLength(1);
  });

  test('leaves READY what is, and tells the first error', async () => {
    const { errors } = await run(5, async () => { throw new UploadStateError('u1', 'READY', 'FAILED'); });
    expect(errors).toEqual([expect.stringContaining('gone')]);
  });
});

describe('follow-media', () => {
  const MESSAGE = { id: 'u1', owner: 'alice', kind: 'video', contentType: 'video/mp4' };
  const run = async (body: string) => {
    const seen = new Set<string>();
    const logger = new RecordingLogger();
    const feed = { add: async (event: FeedEntry['event'], { id, owner }: { id: string; owner: string }) => {
      const known = seen.has(`${owner} ${event} ${id}`);
      seen.add(`${owner} ${event} ${id}`);
      return !known;
    } };
    const handler = followMediaHandler({ ...consumer(), logger, feed, event: 'review' });
    for (const id of ['m1', 'm2']) {
      await handler({ Records: [sqsRecord(id, body)] });
    }
    return { seen: [...seen], messages: logger.lines.map(({ message }) => message) };
  };

  test('notes a media once', async () => {
    expect(await run(JSON.stringify(MESSAGE))).toEqual({ seen: ['alice review u1'], messages: ['noted', 'noted before'] });
  });

  test.each(['no JSON', '{}', JSON.stringify({ ...MESSAGE, owner: '' }), JSON.stringify({ ...MESSAGE, id: 5 })])('does not take %s', async (body) => {
    expect(await run(body)).toEqual({ seen: [], messages: ['attempt failed', 'attempt failed'] });
  });
});

describe('library', () => {
  const MEDIA: Media = {
    id: 'u1', owner: 'alice', kind: 'image', contentType: 'image/gif', size: 15, sha256: 'x', key: 'media/u1', publishedAt: '2026-11-22T12:00:00.000Z',
    announced: true,
  };
  const VIEW = { id: 'u1', kind: 'image', contentType: 'image/gif', size: 15, sha256: 'x', publishedAt: MEDIA.publishedAt };
  const signed: unknown[] = [];
  const handler = libraryHandler({
    library: { find: async (owner, id) => owner === 'alice' && id === 'u1' ? MEDIA : undefined, latest: async () => [MEDIA] },
    feed: { of: async (owner) => [{ event: 'ready', mediaId: owner, contentType: 'image/gif', at: '' }] },
    sign: async (key, until) => { signed.push([key, until.toISOString()]); return 'https://cdn/signed'; },
    logger: new RecordingLogger(),
    now: () => new Date('2026-11-22T12:00:00Z'),
  });
  const get = async (routeKey: string, owner?: string, mediaId?: string) => {
    const request = httpRequest({ pathParameters: mediaId === undefined ? undefined : { mediaId } });
    const requestContext = { ...request.requestContext, authorizer: owner && { jwt: { claims: { sub: owner } } } };
    const { statusCode, body } = await handler({ ...request, routeKey, requestContext: requestContext as unknown as HttpRequest['requestContext'] }, CONTEXT);
    return [statusCode, JSON.parse(body!) as unknown];
  };

  test('lists what a user shares, without the insides', async () => {
    expect(await get('GET /media', 'alice')).toEqual([200, { media: [VIEW] }]);
  });

  test('signs an address for 15 minutes', async () => {
    expect(await get('GET /media/{mediaId}', 'alice', 'u1')).toEqual([200, {
      ...VIEW, url: 'https://cdn/signed', urlExpiresAt: '2026-11-22T12:15:00.000Z',
    }]);
    expect(signed).toEqual([['media/u1', '2026-11-22T12:15:00.000Z']]);
  });

  test('finds nothing of others, and lets nobody in without a token', async () => {
    expect((await get('GET /media/{mediaId}', 'bob', 'u1'))[0]).toBe(404);
    expect((await get('GET /media'))[0]).toBe(401);
  });

  test('tells what happened', async () => {
    expect(await get('GET /feed', 'alice')).toEqual([200, { entries: [{ event: 'ready', mediaId: 'alice', contentType: 'image/gif', at: '' }] }]);
  });
});
