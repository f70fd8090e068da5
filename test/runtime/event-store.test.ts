import type { DynamoDBRecord, DynamoDBStreamEvent } from 'aws-lambda';
import type { S3Client } from '@aws-sdk/client-s3';
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { systemClock } from '../../runtime/clock';
import {
  changeConsumer, ConcurrencyError, concurrencyProblem, eventOf, EventStore, Projection, type RecordedEvent, type RowChange,
} from '../../runtime';
import { archiveEvent, archiveKey } from '../../runtime/event-archive';
import { RecordingLogger } from './fakes';

type Ledger = { opened: undefined; deposited: { amount: number } };
type Command = { readonly constructor: { readonly name: string }; readonly input: Record<string, never> };

/** A clock that is never waited for. */
function fakeClock() {
  const slept: number[] = [];
  const sleep = async (milliseconds: number) => void slept.push(milliseconds);
  return { ...systemClock, slept, passed: 0, now: () => 1_000, monotonic() { return this.passed; }, sleep };
}
/** A client that answers what it is told to, one after another, each in a millisecond; an error is thrown. */
function fakeDocuments(answers: (object | Error)[] = [], clock = fakeClock()) {
  const sent: Command[] = [];
  const send = async (command: Command) => {
    sent.push(command);
    clock.passed += 1;
    const answer = answers.shift() ?? {};
    if (answer instanceof Error) {
      throw answer;
    }
    return answer;
  };
  return { sent, documents: { send: send as unknown as DynamoDBDocumentClient['send'] } };
}
const named = (name: string, fields: object = {}) => Object.assign(new Error(name), { name, ...fields });
const storeOf = (answers?: (object | Error)[], options: object = {}) => {
  const clock = fakeClock();
  const { sent, documents } = fakeDocuments(answers, clock);
  const settings = { documents, tableName: 'events', clock, random: () => 0.5, maxAttempts: 3, ...options };
  return { sent, clock, store: new EventStore<Ledger>(settings) };
};
const deposited = (amount: number) => ({ type: 'deposited' as const, data: { amount } });

describe('an append', () => {
  test.each<[string, Parameters<EventStore<Ledger>['append']>, object]>([
    ['no events', ['a', [], { expectedVersion: 'any' }], { name: 'InvalidAppendError', message: expect.stringContaining('0 events for a') }],
    ['101 events', ['a', Array.from({ length: 101 }, () => deposited(1)), { expectedVersion: 'any' }], { message: expect.stringContaining('101 events') }],
    ['a stream without a name', ['', [deposited(1)], { expectedVersion: 'any' }], { message: expect.stringContaining('1 to 2048 bytes') }],
    ['a name that is too long', ['ü'.repeat(1025), [deposited(1)], { expectedVersion: 'any' }], { name: 'InvalidAppendError' }],
    ['a negative version', ['a', [deposited(1)], { expectedVersion: -1 }], { message: expect.stringContaining('is -1') }],
    ['half a version', ['a', [deposited(1)], { expectedVersion: 1.5 }], { name: 'InvalidAppendError' }],
    ['no type', ['a', [{ type: '' as 'opened', data: undefined }], { expectedVersion: 'any' }], { name: 'InvalidAppendError' }],
    ['an empty id', ['a', [{ ...deposited(1), id: '' }], { expectedVersion: 'any' }], { name: 'InvalidAppendError' }],
    ['a bigint', ['a', [deposited(1n as unknown as number)], { expectedVersion: 'any' }], { name: 'InvalidAppendError', cause: expect.any(TypeError) }],
    ['400 KiB', ['a', [{ ...deposited(1), metadata: { text: 'ü'.repeat(204_800) } }], { expectedVersion: 'any' }],
      { name: 'ItemTooLargeError', stream: 'a', limitBytes: 409_600 }],
    ['4 MiB', ['a', Array.from({ length: 11 }, () => ({ ...deposited(1), metadata: { text: 'x'.repeat(400_000) } })), { expectedVersion: 'any' }],
      { name: 'ItemTooLargeError', limitBytes: 4_194_304 }],
  ])('of %s is refused before anything is sent', async (_, append, error) => {
    const { sent, store } = storeOf();
    await expect(store.append(...append)).rejects.toMatchObject(error);
    expect(sent).toEqual([]);
  });

  test('is stored as any language reads it', async () => {
    const { sent, store } = storeOf();
    await store.append('a', [{ ...deposited(5), id: 'e1', metadata: { by: 'ada' } }], { expectedVersion: 'none' });
    await store.append('a', [{ type: 'opened', data: undefined, id: 'e2' }], { expectedVersion: 1 });
    expect(sent.map(({ input }) => input.Item)).toEqual([
      { stream: 'a', version: 1, id: 'e1', type: 'deposited', data: '{"amount":5}', metadata: '{"by":"ada"}', at: '1970-01-01T00:00:01.000Z' },
      { stream: 'a', version: 2, id: 'e2', type: 'opened', at: '1970-01-01T00:00:01.000Z' },
    ]);
    expect(sent[0]!.input).toMatchObject({ ConditionExpression: 'attribute_not_exists(#stream)', TableName: 'events' });
  });

  test.each([
    ['with a put', named('TransactionConflictException')],
    ['with a transaction', named('TransactionCanceledException', { CancellationReasons: [{ Code: 'None' }, { Code: 'TransactionConflict' }] })],
  ])('that met another transaction is tried again: %s', async (_, met) => {
    const { sent, clock, store } = storeOf([met, met]);
    await store.append('a', [deposited(1), deposited(2)], { expectedVersion: 'none' });
    expect(sent.length).toBe(3);
    expect(clock.slept).toEqual([5, 10]);
    const again = storeOf([met, met, met]);
    await expect(again.store.append('a', [deposited(1)], { expectedVersion: 'none' })).rejects.toBe(met);
  });

  test('wherever the stream is goes on from what is in its place, asks every third time, and gives up in the end', async () => {
    const taken = () => named('ConditionalCheckFailedException', { Item: { id: { S: 'of another' }, at: { S: '1970-01-01T00:00:02.000Z' } } });
    const head = (version: number) => ({ Items: [{ version, at: '1970-01-01T00:00:00.000Z' }] });
    const answers = [head(1), taken(), head(4), taken(), taken(), taken(), head(9), taken(), head(20)];
    const { sent, clock, store } = storeOf(answers, { patienceMilliseconds: 8 });
    await expect(store.append('a', [deposited(1)], { expectedVersion: 'any' }))
      .rejects.toMatchObject({ name: 'ConcurrencyError', expected: 'any', actual: 20 });
    const versions = sent.flatMap(({ input }) => (input as { Item?: { version: number; at: string } }).Item ?? []);
    expect(versions.map(({ version }) => version)).toEqual([2, 5, 6, 7, 10]);
    // The one in front is later than this clock.
    expect(versions[2]!.at).toBe('1970-01-01T00:00:02.000Z');
    // Not after the first: what this process thought was only too old.
    expect(clock.slept.length).toBe(1);
  });

  test('wherever the stream is leaves room for those of other processes, when another follows at once', async () => {
    const { clock, store } = storeOf();
    const append = (stream: string) => store.append(stream, [deposited(1)], { expectedVersion: 'any' });
    await append('a');
    expect(clock.slept).toEqual([]);
    await append('a');
    // Up to the millisecond that the last one took.
    expect(clock.slept).toEqual([0.5]);
    await append('b');
    await append('b');
    clock.passed += 1;
    await append('b');
    expect(clock.slept).toEqual([0.5, 0.5]);
  });

  test('that fails for another reason fails with it', async () => {
    const error = named('ThrottlingException');
    await expect(storeOf([error]).store.append('a', [deposited(1)], { expectedVersion: 'none' })).rejects.toBe(error);
  });
});

test('a caller over HTTP is told where the stream is', () => {
  expect(concurrencyProblem(new ConcurrencyError('a', 3, 5)))
    .toMatchObject({ status: 409, detail: 'a is at version 5, not 3', extensions: { expected: 3, actual: 5 } });
});

test('a process remembers the heads of ten thousand streams, not of all there ever were', async () => {
  const { sent, store } = storeOf();
  for (let n = 0; n <= 10_000; n++) {
    await store.append(`s${n}`, [deposited(1)], { expectedVersion: 'none' });
  }
  sent.length = 0;
  await store.append('s10000', [deposited(1)], { expectedVersion: 1 });
  await expect(store.append('s0', [deposited(1)], { expectedVersion: 1 })).rejects.toBeInstanceOf(ConcurrencyError);
  expect(sent.map(({ constructor }) => constructor.name)).toEqual(['PutCommand', 'QueryCommand']);
});

const record = (version: number, fields: Partial<DynamoDBRecord> = {}, stream = 'a'): DynamoDBRecord => ({
  eventName: 'INSERT',
  dynamodb: {
    Keys: { stream: { S: stream }, version: { N: String(version) } },
    NewImage: {
      stream: { S: stream }, version: { N: String(version) }, id: { S: `e${version}` }, type: { S: 'deposited' },
      data: { S: '{"amount":5}' }, at: { S: '2026-11-22T10:00:00.000Z' },
    },
    SequenceNumber: `${stream}${version}`,
  },
  ...fields,
});

describe('a record of the change stream', () => {
  test('tells of an event', () => {
    expect(eventOf<Ledger>(record(3))).toEqual({
      stream: 'a', version: 3, id: 'e3', type: 'deposited', data: { amount: 5 }, at: new Date('2026-11-22T10:00:00Z'),
    });
  });

  test.each([
    ['a snapshot', record(-3)], ['a change', record(3, { eventName: 'MODIFY' })], ['a deletion', record(3, { eventName: 'REMOVE' })],
    ['keys alone', record(3, { dynamodb: {} })],
  ])('of %s tells of none', (_, other) => {
    expect(eventOf(other)).toBeUndefined();
  });
});

describe('the archive', () => {
  const archive = async (record: DynamoDBRecord, error?: Error) => {
    const sent: Command[] = [];
    const send = async (command: Command) => {
      sent.push(command);
      if (error) {
        throw error;
      }
    };
    await archiveEvent({ s3: { send: send as unknown as S3Client['send'] }, bucketName: 'copies', prefix: 'events/' })(record);
    return sent.map(({ input }) => input);
  };

  test('takes a copy unless it has one', async () => {
    expect(await archive(record(12, {}, 'a/b c'))).toEqual([{
      Bucket: 'copies', Key: 'events/a%2Fb%20c/0000000000000012.json', ContentType: 'application/json', IfNoneMatch: '*',
      Body: '{"stream":"a/b c","version":12,"id":"e12","type":"deposited","at":"2026-11-22T10:00:00.000Z","data":{"amount":5}}',
    }]);
    expect((await archive(record(1), named('PreconditionFailed'))).length).toBe(1);
    await expect(archive(record(1), named('SlowDown'))).rejects.toThrow('SlowDown');
  });

  test('tells when a history has changed, and passes by snapshots', async () => {
    await expect(archive(record(1, { eventName: 'MODIFY' }))).rejects.toMatchObject({ name: 'HistoryChangedError', message: 'version 1 of a: MODIFY' });
    const { Keys } = record(2).dynamodb!;
    await expect(archive({ eventName: 'REMOVE', dynamodb: { Keys } })).rejects.toMatchObject({ name: 'HistoryChangedError' });
    expect(await archive(record(-5, { eventName: 'MODIFY' }))).toEqual([]);
  });

  test('has keys that are never too long and sort as versions do', () => {
    const long = archiveKey('events/', { stream: 'ü'.repeat(1024), version: Number.MAX_SAFE_INTEGER });
    expect(Buffer.byteLength(long)).toBeLessThanOrEqual(1024 - 100);
    expect(long).toMatch(/^events\/sha256-[0-9a-f]{64}\/9007199254740991\.json$/);
    expect(archiveKey('', { stream: 'a', version: 2 }) < archiveKey('', { stream: 'a', version: 10 })).toBe(true);
  });
});

describe('a projection', () => {
  const projectionOf = (project: (event: RecordedEvent<Ledger>) => RowChange[], answers?: (object | Error)[]) => {
    const { sent, documents } = fakeDocuments(answers);
    const store = new EventStore<Ledger>({ documents, tableName: 'events' });
    const projection = new Projection<Ledger>({ documents, tableName: 'view', store, project, clock: fakeClock() });
    return { sent, projection };
  };

  test('changes rows and says so in one transaction', async () => {
    const { sent, projection } = projectionOf(({ data }) => [
      { key: 'total', add: { sum: (data as { amount: number }).amount }, set: { name: 'x', at: 1 }, remove: ['old'] },
      { key: { partition: 'p', sort: 's' }, delete: true },
    ]);
    await projection.handle(record(2));
    expect(sent[1]!.input).toEqual({
      TransactItems: [
        {
          Update: expect.objectContaining({
            Key: { pk: 'stream/1/a', sk: '-' }, ConditionExpression: '#applied = :before',
            ExpressionAttributeValues: { ':version': 2, ':before': 1 },
          }),
        },
        {
          Update: {
            TableName: 'view', Key: { pk: 'row/1/total', sk: '-' }, UpdateExpression: 'SET #n0 = :v0, #n1 = :v1 ADD #n2 :v2 REMOVE #n3',
            ExpressionAttributeNames: { '#n0': 'name', '#n1': 'at', '#n2': 'sum', '#n3': 'old' },
            ExpressionAttributeValues: { ':v0': 'x', ':v1': 1, ':v2': 5 },
          },
        },
        { Delete: { TableName: 'view', Key: { pk: 'row/1/p', sk: 's' } } },
      ],
    });
  });

  test('keeps the next generation up to date before the present one', async () => {
    const { sent, projection } = projectionOf(() => [], [{ Item: { live: 3, next: 4 } }]);
    await projection.handle(record(1));
    expect(sent.slice(1).map(({ input }) => JSON.stringify(input).match(/stream\/\d/)![0])).toEqual(['stream/4', 'stream/3']);
  });

  test.each<[RowChange, string]>([
    [{ key: 'a', set: { pk: 1 } }, "sets 'pk' of a row"],
    [{ key: 'a', add: { sk: 1 } }, "sets 'sk' of a row"],
    [{ key: 'a' }, 'changes nothing of the row "a"'],
  ])('refuses %j', async (change, message) => {
    await expect(projectionOf(() => [change]).projection.handle(record(1))).rejects.toThrow(message);
  });

  test('refuses one row twice', async () => {
    const twice: RowChange[] = [{ key: 'a', add: { n: 1 } }, { key: { partition: 'a', sort: '-' }, add: { n: 2 } }];
    await expect(projectionOf(() => twice).projection.handle(record(1))).rejects.toThrow('twice; make one change of it');
  });

  test('passes by what is no event', async () => {
    const { sent, projection } = projectionOf(() => []);
    await projection.handle(record(-1));
    expect(sent).toEqual([]);
  });

  test('waits before it deletes what was just left', async () => {
    const { sent, documents } = fakeDocuments([{ Item: { live: 2, switchedAt: 500 } }]);
    const clock = fakeClock();
    const store = new EventStore<Ledger>({ documents, tableName: 'events' });
    await new Projection<Ledger>({ documents, tableName: 'view', store, project: () => [], clock }).sweep();
    expect(clock.slept).toEqual([59_500]);
    expect(sent.length).toBe(2);
  });
});

describe('a consumer of changes', () => {
  const consume = async (handle: (record: DynamoDBRecord) => Promise<void>, orderBy?: (record: DynamoDBRecord) => string) => {
    const logger = new RecordingLogger();
    const Records = [record(1), record(2), record(1, {}, 'b'), record(3), record(2, {}, 'b')];
    const answer = await changeConsumer({ handle, orderBy, logger })({ Records });
    return { lines: logger.lines, failed: answer.batchItemFailures.map(({ itemIdentifier }) => itemIdentifier) };
  };
  const streamOf = ({ dynamodb }: DynamoDBRecord) => dynamodb!.Keys!.stream!.S!;

  test('works one after another on what belongs together, and on the rest at the same time', async () => {
    const began: string[] = [];
    const { failed } = await consume(async ({ dynamodb }) => {
      began.push(dynamodb!.SequenceNumber!);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }, streamOf);
    expect([began, failed]).toEqual([['a1', 'b1', 'a2', 'b2', 'a3'], []]);
  });

  test('stops where something failed, there only, and tells', async () => {
    const tried: string[] = [];
    const { failed, lines } = await consume(async ({ dynamodb }) => {
      tried.push(dynamodb!.SequenceNumber!);
      if (dynamodb!.SequenceNumber === 'a2') {
        throw 'no';
      }
    }, streamOf);
    expect([tried.sort(), failed]).toEqual([['a1', 'a2', 'b1', 'b2'], ['a2', 'a3']]);
    expect(lines).toEqual([{
      level: 'warn', message: 'change failed',
      fields: { keys: { stream: { S: 'a' }, version: { N: '2' } }, sequenceNumber: 'a2', error: { name: 'Error', message: 'no' } },
    }]);
  });

  test('takes each item by itself unless told otherwise, and hands the batch over', async () => {
    const batches = new Set<DynamoDBStreamEvent>();
    const began: string[] = [];
    const batch = { Records: [record(1), record(2)] };
    await changeConsumer({
      logger: new RecordingLogger(),
      handle: async ({ dynamodb }, event) => {
        batches.add(event);
        began.push(dynamodb!.SequenceNumber!);
        await new Promise((resolve) => setTimeout(resolve, 5));
      },
    })(batch);
    expect([[...batches], began]).toEqual([[batch], ['a1', 'a2']]);
  });
});
