import type { PutObjectCommand, UploadPartCommand } from '@aws-sdk/client-s3';
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { HttpRequest } from '../../runtime';
import {
  subjectOf, type Upload, uploadEvents, type UploadEventsOptions, Uploads, uploadsHandler, type UploadSettings, uploadSettings,
  UploadStateError, UploadStates,
} from '../../runtime/presigned-upload';
import { CONTEXT, httpRequest, RecordingLogger } from './fakes';

const MIB = 1024 * 1024;
const NOW = Date.UTC(2026, 10, 22, 12);
const SECOND = NOW / 1000;
const SETTINGS: UploadSettings = {
  contentTypes: ['image/png', 'video/*'], maxBytes: 100 * MIB, partBytes: 5 * MIB, urlSeconds: 900, withinSeconds: 86_400, prefix: 'uploads/',
};

type Command = { readonly constructor: { readonly name: string }; readonly input: Record<string, unknown> };

class ConditionalCheckFailedException extends Error {
  public override readonly name = 'ConditionalCheckFailedException';
}

class NoSuchUpload extends Error {
  public override readonly name = 'NoSuchUpload';
}

/** One row, and the conditions that this module asks for. The scenario of media-sharing asks DynamoDB itself. */
class FakeTable {
  public readonly written: Command['input'][] = [];

  constructor(public row?: Upload) {}

  public readonly send = (async ({ constructor: { name }, input }: Command) => {
    if (name === 'GetCommand') {
      return { Item: this.row };
    }
    this.written.push(input);
    if (name === 'PutCommand') {
      this.row = input.Item as Upload;
      return {};
    }
    const values = input.ExpressionAttributeValues as Record<string, unknown>;
    if (!this.holds(String(input.ConditionExpression), values)) {
      throw new ConditionalCheckFailedException();
    }
    if (name === 'DeleteCommand') {
      this.row = undefined;
      return {};
    }
    const [, sets, removes = ''] = /^SET (.*?)(?: REMOVE (.*))?$/.exec(String(input.UpdateExpression))!;
    const removed = removes.split(', ').map((each) => each.slice(1));
    const kept = Object.entries(this.row!).filter(([attribute]) => !removed.includes(attribute));
    const set = sets!.split(', ').map((each) => each.split(' = ')).map(([attribute, value]) => [attribute!.slice(1), values[value!]]);
    this.row = Object.fromEntries([...kept, ...set]) as Upload;
    return { Attributes: this.row };
  }) as unknown as DynamoDBDocumentClient['send'];

  private holds(condition: string, values: Record<string, unknown>): boolean {
    if (!this.row) {
      return false;
    }
    const { status, expiresAt } = this.row;
    return condition.split(' AND ').every((part) => {
      const [, operator, names] = /^(?:#status|#expiresAt) (=|>|<=|IN) \(?(.*?)\)?$/.exec(part) ?? [];
      const wanted = names?.split(', ').map((name) => values[name]) ?? [];
      return operator === '>' ? expiresAt > Number(wanted[0]) : operator === '<=' ? expiresAt <= Number(wanted[0])
        : operator === undefined || wanted.includes(status);
    });
  }
}

const PENDING: Upload = {
  id: 'u1', owner: 'alice', status: 'PENDING', key: 'uploads/alice/u1', size: 12 * MIB, contentType: 'video/mp4',
  createdAt: '2026-11-22T12:00:00.000Z', expiresAt: SECOND + 60, purgeAt: SECOND + 1000, multipart: { uploadId: 'm1', partBytes: 5 * MIB },
};
const OBJECT = { key: PENDING.key, size: PENDING.size, etag: 'abc' };
const clock = { now: () => NOW };

const statesOf = (row?: Upload) => {
  const table = new FakeTable(row);
  return { table, states: new UploadStates({ documents: table, tableName: 'uploads', clock }) };
};

describe('states', () => {
  test('PENDING becomes UPLOADED, once, and is kept from then on', async () => {
    const { table, states } = statesOf(PENDING);
    expect(await states.arrived('u1', OBJECT)).toMatchObject({ status: 'UPLOADED', etag: 'abc' });
    expect(table.row).not.toHaveProperty('purgeAt');
    expect(table.row).not.toHaveProperty('multipart');
    expect(await states.arrived('u1', { ...OBJECT, etag: 'later' })).toMatchObject({ status: 'UPLOADED', etag: 'abc' });
    expect(table.written).toHaveLength(1);
  });

  test('an object of another size has FAILED', async () => {
    const { states } = statesOf(PENDING);
    expect(await states.arrived('u1', { ...OBJECT, size: 5 })).toMatchObject({ status: 'FAILED', reason: `the object has 5 bytes instead of ${12 * MIB}` });
  });

  test.each<readonly [string, Upload | undefined]>([
    ['of no upload', undefined],
    ['of another key', { ...PENDING, key: 'elsewhere' }],
    ['that is late', { ...PENDING, expiresAt: SECOND }],
    ['whose upload is marked as EXPIRED', { ...PENDING, status: 'EXPIRED' }],
  ])('nobody waits for an object %s', async (_, row) => {
    const { table, states } = statesOf(row);
    expect(await states.arrived('u1', OBJECT)).toBeUndefined();
    expect(table.row).toEqual(row);
  });

  test('two that see it arrive at once agree', async () => {
    const { table, states } = statesOf(PENDING);
    const [first, second] = await Promise.all([states.arrived('u1', OBJECT), states.arrived('u1', OBJECT)]);
    expect([first?.status, second?.status]).toEqual(['UPLOADED', 'UPLOADED']);
    expect(table.row?.status).toBe('UPLOADED');
  });

  test.each(['UPLOADED', 'FAILED'] as const)('%s becomes READY, once', async (status) => {
    const { table, states } = statesOf({ ...PENDING, status, reason: 'it could not be processed' });
    expect([await states.ready('u1'), await states.ready('u1')]).toEqual([true, false]);
    expect(table.row).toMatchObject({ status: 'READY' });
    expect(table.row).not.toHaveProperty('reason');
  });

  test('UPLOADED becomes FAILED, once, with the reason', async () => {
    const { table, states } = statesOf({ ...PENDING, status: 'UPLOADED' });
    expect([await states.failed('u1', 'no image'), await states.failed('u1', 'again')]).toEqual([true, false]);
    expect(table.row).toMatchObject({ status: 'FAILED', reason: 'no image' });
  });

  test('what has not arrived cannot end, and what is READY cannot fail', async () => {
    await expect(statesOf(PENDING).states.ready('u1')).rejects.toThrow(new UploadStateError('u1', 'PENDING', 'READY'));
    await expect(statesOf().states.failed('u1', '')).rejects.toThrow('upload u1 is unknown and cannot become FAILED');
    await expect(statesOf({ ...PENDING, status: 'READY' }).states.failed('u1', '')).rejects.toThrow('upload u1 is READY and cannot become FAILED');
  });

  test('it is EXPIRED from the second on in which its time is over, marked or not', async () => {
    expect((await statesOf({ ...PENDING, expiresAt: SECOND + 1 }).states.find('u1'))?.status).toBe('PENDING');
    const { table, states } = statesOf({ ...PENDING, expiresAt: SECOND });
    expect((await states.find('u1'))?.status).toBe('EXPIRED');
    expect([await states.expired('u1'), await states.expired('u1')]).toEqual([true, false]);
    expect(table.row).toMatchObject({ status: 'EXPIRED', purgeAt: PENDING.purgeAt });
    expect(await statesOf(PENDING).states.expired('u1')).toBe(false);
  });

  test('only what is PENDING can be given up', async () => {
    expect(await statesOf(PENDING).states.cancel('u1')).toBe(true);
    expect(await statesOf({ ...PENDING, status: 'UPLOADED' }).states.cancel('u1')).toBe(false);
  });
});

/** What the handler of the construct does, against one row and an S3 that has the given parts. */
function api(row?: Upload, parts: Record<number, number> | 'gone' = {}) {
  const { table, states } = statesOf(row);
  const sent: string[] = [];
  const signed: { readonly input: Record<string, unknown>; readonly expiresIn: number; readonly headers: string[] }[] = [];
  const s3 = {
    send: (async ({ constructor: { name } }: Command) => {
      sent.push(name);
      if (name === 'CreateMultipartUploadCommand') {
        return { UploadId: 'new' };
      }
      if (parts === 'gone') {
        throw new NoSuchUpload();
      }
      return { Parts: Object.entries(parts).map(([PartNumber, Size]) => ({ PartNumber: Number(PartNumber), Size, ETag: `"${PartNumber}"` })) };
    }) as never,
  };
  const sign = async ({ input }: PutObjectCommand | UploadPartCommand, expiresIn: number, headers: Set<string>) => {
    signed.push({ input: { ...input }, expiresIn, headers: [...headers] });
    return 'https://signed';
  };
  const uploads = new Uploads({ states, s3, sign, bucketName: 'files', settings: SETTINGS, clock });
  const logger = new RecordingLogger();
  const handler = uploadsHandler({ uploads, settings: SETTINGS, logger });
  const call = async (routeKey: string, body?: unknown, owner: string | undefined = 'alice', uploadId = 'u1') => {
    const request = httpRequest({ headers: { 'content-type': 'application/json' }, body: body === undefined ? undefined : JSON.stringify(body) });
    const response = await handler({
      ...request,
      routeKey,
      pathParameters: routeKey.includes('{uploadId}') ? { uploadId } : undefined,
      requestContext: { ...request.requestContext, authorizer: owner && { jwt: { claims: { sub: owner } } } } as unknown as HttpRequest['requestContext'],
    }, CONTEXT);
    const { statusCode: status, body: answer } = response;
    return { status, body: answer ? JSON.parse(answer) as Record<string, unknown> : undefined };
  };
  return { call, table, sent, signed, logger };
}

describe('the API', () => {
  test('announces an object in one piece, and signs what may be sent', async () => {
    const { call, table, signed } = api();
    const sha256 = Buffer.alloc(32).toString('base64');
    const { status, body } = await call('POST /uploads', { size: 1000, contentType: 'image/png', name: 'cat', sha256, urlExpiresInSeconds: 60 });
    expect(status).toBe(201);
    expect(body).toMatchObject({
      status: 'PENDING', size: 1000, name: 'cat', expiresAt: '2026-11-23T12:00:00.000Z',
      upload: {
        method: 'PUT', url: 'https://signed', expiresAt: '2026-11-22T12:01:00.000Z',
        headers: { 'content-type': 'image/png', 'if-none-match': '*', 'x-amz-checksum-sha256': sha256 },
      },
    });
    const id = body!.id as string;
    expect(table.row).toEqual({
      id, owner: 'alice', key: `uploads/alice/${id}`, status: 'PENDING', size: 1000, contentType: 'image/png', name: 'cat', sha256,
      createdAt: '2026-11-22T12:00:00.000Z', expiresAt: SECOND + 86_400, purgeAt: SECOND + 8 * 86_400,
    });
    expect(signed).toEqual([{
      input: { Bucket: 'files', Key: `uploads/alice/${id}`, ContentLength: 1000, ContentType: 'image/png', IfNoneMatch: '*', ChecksumSHA256: sha256 },
      expiresIn: 60,
      headers: ['content-length', 'content-type', 'if-none-match', 'x-amz-checksum-sha256'],
    }]);
  });

  test('announces an object in parts above the size of a part', async () => {
    const { call, table, sent } = api();
    const { body } = await call('POST /v1/media', { size: 5 * MIB + 1, contentType: 'video/mp4' });
    expect(body).toMatchObject({ parts: { size: 5 * MIB, count: 2 } });
    expect(body).not.toHaveProperty('upload');
    expect(sent).toEqual(['CreateMultipartUploadCommand']);
    expect(table.row?.multipart).toEqual({ uploadId: 'new', partBytes: 5 * MIB });
    expect((await api().call('POST /uploads', { size: 5 * MIB, contentType: 'video/mp4' })).body).toHaveProperty('upload');
  });

  test('keeps odd owners inside their part of the keys, and none where nobody signs in', async () => {
    const odd = api();
    await odd.call('POST /uploads', { size: 1, contentType: 'image/png' }, 'idp|../bob');
    expect(odd.table.row?.key).toMatch(/^uploads\/idp%7C..%2Fbob\/[0-9a-f-]{36}$/);
    const nobody = api();
    await nobody.call('POST /uploads', { size: 1, contentType: 'image/png' }, '');
    expect(nobody.table.row?.key).toMatch(/^uploads\/[0-9a-f-]{36}$/);
  });

  test.each<readonly [object, string]>([
    [{ contentType: 'image/png' }, 'size'],
    [{ size: 0, contentType: 'image/png' }, 'size'],
    [{ size: 1.5, contentType: 'image/png' }, 'size'],
    [{ size: 100 * MIB + 1, contentType: 'image/png' }, 'size'],
    [{ size: 1, contentType: 'image/gif' }, 'contentType'],
    [{ size: 1, contentType: 'video/mp4; codecs=x' }, 'contentType'],
    [{ size: 1, contentType: 'image/png', name: '' }, 'name'],
    [{ size: 1, contentType: 'image/png', sha256: 'abc' }, 'sha256'],
    [{ size: 1, contentType: 'image/png', urlExpiresInSeconds: 901 }, 'urlExpiresInSeconds'],
    [{ size: 1, contentType: 'image/png', key: 'x' }, 'key'],
    [[], 'object'],
  ])('refuses to announce %j', async (announced, named) => {
    const { call, table } = api();
    const { status, body } = await call('POST /uploads', announced);
    expect([status, String(body!.detail).includes(named)]).toEqual([422, true]);
    expect(table.written).toEqual([]);
  });

  test('tells which parts have arrived whole', async () => {
    const { call } = api(PENDING, { 1: 5 * MIB, 2: 17, 3: 2 * MIB });
    expect((await call('GET /uploads/{uploadId}')).body).toMatchObject({ status: 'PENDING', parts: { count: 3, received: [1, 3] } });
  });

  test('signs each part for its size, and never beyond the time of the upload', async () => {
    const { call, signed } = api(PENDING);
    const { body } = await call('POST /uploads/{uploadId}/parts', { numbers: [1, 3, 3] });
    expect(body).toMatchObject({ parts: [{ number: 1, size: 5 * MIB }, { number: 3, size: 2 * MIB, expiresAt: '2026-11-22T12:01:00.000Z' }] });
    expect(signed.map(({ input, expiresIn, headers }) => [input.PartNumber, input.ContentLength, expiresIn, headers])).toEqual([
      [1, 5 * MIB, 60, ['content-length']], [3, 2 * MIB, 60, ['content-length']],
    ]);
  });

  test.each([{}, { numbers: [] }, { numbers: [0] }, { numbers: [4] }, { numbers: ['1'] }, { numbers: Array.from({ length: 101 }, () => 1) }])(
    'refuses to sign parts %j', async (body) => {
      expect((await api(PENDING).call('POST /uploads/{uploadId}/parts', body)).status).toBe(422);
    });

  test('signs no parts of what is in one piece or over', async () => {
    const { multipart, ...whole } = PENDING;
    expect(multipart).toBeDefined();
    for (const row of [whole, { ...PENDING, status: 'READY' as const }, { ...PENDING, expiresAt: SECOND }]) {
      expect((await api(row).call('POST /uploads/{uploadId}/parts', { numbers: [1] })).status).toBe(409);
    }
  });

  test('puts parts together when all have arrived, and names those that have not', async () => {
    const early = api(PENDING, { 1: 5 * MIB, 3: 2 * MIB });
    expect(await early.call('POST /uploads/{uploadId}/complete')).toMatchObject({ status: 409, body: { missing: [2] } });
    expect(early.sent).toEqual(['ListPartsCommand']);
    const whole = api(PENDING, { 1: 5 * MIB, 2: 5 * MIB, 3: 2 * MIB });
    expect((await whole.call('POST /uploads/{uploadId}/complete')).status).toBe(202);
    expect(whole.sent).toEqual(['ListPartsCommand', 'CompleteMultipartUploadCommand']);
    // It was completed before: S3 has forgotten it, and its event is on its way.
    expect((await api(PENDING, 'gone').call('POST /uploads/{uploadId}/complete')).status).toBe(202);
    expect((await api({ ...PENDING, status: 'READY' }).call('POST /uploads/{uploadId}/complete')).body).toMatchObject({ status: 'READY' });
  });

  test('marks what is EXPIRED at the first look, and throws its parts away', async () => {
    const { call, table, sent } = api({ ...PENDING, expiresAt: SECOND - 1 });
    const { body } = await call('GET /uploads/{uploadId}');
    expect(body).toMatchObject({ status: 'EXPIRED' });
    expect(body).not.toHaveProperty('parts');
    expect(table.row?.status).toBe('EXPIRED');
    expect(sent).toEqual(['AbortMultipartUploadCommand']);
  });

  test('gives up what is PENDING, and its parts', async () => {
    const { call, table, sent } = api(PENDING);
    expect((await call('DELETE /uploads/{uploadId}')).status).toBe(204);
    expect(table.row).toBeUndefined();
    expect(sent).toEqual(['AbortMultipartUploadCommand']);
    expect((await api({ ...PENDING, status: 'READY' }).call('DELETE /uploads/{uploadId}')).status).toBe(409);
  });

  test.each(['GET', 'DELETE', 'POST'])('does not find what somebody else owns: %s', async (method) => {
    const path = `${method} /uploads/{uploadId}${method === 'POST' ? '/complete' : ''}`;
    for (const owner of ['bob', '']) {
      const { call, table } = api(PENDING);
      expect((await call(path, undefined, owner)).status).toBe(404);
      expect(table.written).toEqual([]);
    }
  });
});

describe('storage events', () => {
  const event = (key = PENDING.key) => JSON.stringify({ detail: { object: { key, size: PENDING.size, etag: 'abc' } } });
  const setting = (row?: Upload, handOver?: UploadEventsOptions['handOver']) => {
    const { table, states } = statesOf(row);
    const deleted: unknown[] = [];
    const s3 = { send: (async ({ input }: Command) => { deleted.push(input); }) as never };
    return { table, deleted, handle: uploadEvents({ states, s3, bucketName: 'files', handOver, logger: new RecordingLogger() }) };
  };

  test('hand an upload on once, however often they come', async () => {
    const handed: unknown[] = [];
    const { handle, table } = setting(PENDING, async (object) => void handed.push(object));
    await handle(event());
    await handle(event());
    expect(handed).toEqual([{
      id: 'u1', owner: 'alice', bucket: 'files', key: PENDING.key, size: PENDING.size, contentType: 'video/mp4', name: undefined, sha256: undefined,
    }]);
    expect(table.row).toMatchObject({ status: 'UPLOADED', handedOver: true });
  });

  test('hand it on again when that failed', async () => {
    let tries = 0;
    const { handle, table } = setting(PENDING, async () => {
      tries += 1;
      if (tries === 1) {
        throw new Error('no queue');
      }
    });
    await expect(handle(event())).rejects.toThrow('no queue');
    expect(table.row).toMatchObject({ status: 'UPLOADED' });
    await handle(event());
    expect([tries, table.row?.handedOver]).toEqual([2, true]);
  });

  test('delete what nobody waits for, and nothing else', async () => {
    const unknown = setting();
    await unknown.handle(event());
    expect(unknown.deleted).toEqual([{ Bucket: 'files', Key: PENDING.key }]);
    const known = setting(PENDING);
    await known.handle(event());
    expect(known.deleted).toEqual([]);
    expect(known.table.row).toMatchObject({ status: 'UPLOADED' });
  });
});

test('the subject of a token is who calls; without an authorizer it is nobody', () => {
  expect(subjectOf(httpRequest())).toBeUndefined();
});

test('settings that are missing are told', () => {
  expect(() => uploadSettings({})).toThrow('UPLOAD_SETTINGS is not set');
});
