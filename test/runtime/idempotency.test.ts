import { type DeleteCommand, type DynamoDBDocumentClient, PutCommand } from '@aws-sdk/lib-dynamodb';
import type { Context } from 'aws-lambda';

import { systemClock } from '../../runtime/clock';
import type { HttpRequest, ValkeyClient } from '../../runtime';
import {
  answerOnce, cancellationCodes, DynamoDbAnswers, Idempotency, idempotencyKey, type IdempotencyOptions, idempotencyProblem,
  idempotencySettings, KeyInProgressError, KeyReusedError, once, OvertakenError, ValkeyAnswers,
} from '../../runtime/idempotency';
import { AnswersInMemory } from './answers-in-memory';
import { CONTEXT, httpRequest, RecordingLogger } from './fakes';

const DAY = 24 * 60 * 60;
const clock = { time: 0, now: () => clock.time };
beforeEach(() => {
  clock.time = 1_000_000_000;
});

function setUp(options: Partial<IdempotencyOptions> = {}) {
  const backend = new AnswersInMemory(clock);
  const idempotency = new Idempotency({ backend, name: 'order', ...options });
  let effects = 0;
  const work = async () => ({ order: effects += 1 });
  return { backend, idempotency, work, effects: () => effects };
}

describe('one effect a key', () => {
  test('the same key gets the same answer for a day, in two round trips and then one', async () => {
    const { backend, idempotency, work } = setUp();
    expect(await idempotency.run('k', work)).toEqual({ order: 1 });
    expect(backend.calls).toBe(2);
    clock.time += DAY * 1000;
    expect(await idempotency.run('k', work)).toEqual({ order: 1 });
    expect(backend.calls).toBe(3);
    clock.time += 1;
    expect(await idempotency.run('k', work)).toEqual({ order: 2 });
  });

  test('keys and operations are told apart, and kept under the hash of the key', async () => {
    const { backend, idempotency, work } = setUp();
    await idempotency.run('a', work);
    await idempotency.run('b', work);
    await new Idempotency({ backend, name: 'refund' }).run('a', work);
    expect([...backend.records.keys()]).toEqual([
      // printf '"a"' | openssl dgst -sha256 -binary | base64
      'order#rI2DQruyNi0T8KVZo2IbtAcBE2iJUWS2KKVPf8M/xDw=', expect.stringMatching(/^order#/), 'refund#rI2DQruyNi0T8KVZo2IbtAcBE2iJUWS2KKVPf8M/xDw=',
    ]);
  });

  test('while the first is under way the others are refused; when it has ended they get its answer', async () => {
    const { idempotency, effects } = setUp();
    let finish!: (answer: string) => void;
    const first = idempotency.run('k', () => new Promise<string>((resolve) => {
      finish = resolve;
    }));
    const never = () => Promise.reject(new Error('must not run'));
    await expect(idempotency.run('k', never)).rejects.toMatchObject({ name: 'KeyInProgressError', retryAfterSeconds: 1 });
    finish('done');
    await expect(first).resolves.toBe('done');
    await expect(idempotency.run('k', never)).resolves.toBe('done');
    expect(effects()).toBe(0);
  });

  test('another request under the key is refused, whether the first has ended or not; the order of fields does not matter', async () => {
    const { idempotency, work } = setUp();
    await idempotency.run('k', async () => {
      await expect(idempotency.run('k', work, { request: { a: 2 } })).rejects.toBeInstanceOf(KeyReusedError);
      return 1;
    }, { request: { a: 1, b: [{ c: 1, d: 2 }] } });
    await expect(idempotency.run('k', work, { request: { b: [{ d: 2, c: 1 }], a: 1 } })).resolves.toBe(1);
    for (const request of [undefined, { a: 1, b: [{ c: 1, d: 3 }] }, { a: 1 }]) {
      await expect(idempotency.run('k', work, { request })).rejects.toMatchObject({ name: 'KeyReusedError' });
    }
  });

  test('the first caller too gets what JSON keeps, and nothing stays nothing', async () => {
    const { idempotency } = setUp();
    const answer = { at: new Date(0), nothing: undefined, list: [1] };
    for (let i = 0; i < 2; i += 1) {
      expect(await idempotency.run('k', async () => answer)).toStrictEqual({ at: '1970-01-01T00:00:00.000Z', list: [1] });
      expect(await idempotency.run('none', async () => undefined)).toBeUndefined();
      expect(await idempotency.run('null', async () => null)).toBeNull();
    }
  });

  test('an attempt finds its own reservation when the client had to send it twice', async () => {
    const { backend, idempotency, work } = setUp();
    const begin = backend.begin.bind(backend);
    backend.begin = async (...args) => await begin(...args) ?? begin(...args);
    await expect(idempotency.run('k', work)).resolves.toEqual({ order: 1 });
  });
});

describe('failures', () => {
  test('work that fails frees the key and its error is the one that is heard', async () => {
    const logger = new RecordingLogger();
    const { backend, idempotency, work } = setUp({ logger });
    const failure = new Error('payment refused');
    await expect(idempotency.run('k', () => Promise.reject(failure))).rejects.toBe(failure);
    await expect(idempotency.run('k', work)).resolves.toEqual({ order: 1 });
    await expect(idempotency.run('other', async () => {
      backend.failures.push(new Error('table is down'));
      throw failure;
    })).rejects.toBe(failure);
    expect(logger.lines).toEqual([{
      level: 'warn', message: 'key not freed', fields: { id: expect.stringMatching(/^order#/) as string, error: { name: 'Error', message: 'table is down' } },
    }]);
  });

  test('answers that are not to be kept free the key', async () => {
    const { idempotency } = setUp();
    const answers = [503, 201, 200];
    const ask = () => idempotency.run('k', async () => answers.shift()!, { keep: (status) => status < 500 });
    expect([await ask(), await ask(), await ask()]).toEqual([503, 201, 201]);
  });

  test('a crashed attempt frees its key when its reservation ends', async () => {
    const { backend, idempotency, work } = setUp({ inProgressMilliseconds: 5000 });
    void idempotency.run('k', () => new Promise(() => undefined));
    clock.time += 5000;
    await expect(idempotency.run('k', work)).rejects.toBeInstanceOf(KeyInProgressError);
    clock.time += 1;
    await expect(idempotency.run('k', work)).resolves.toEqual({ order: 1 });
    void idempotency.run('short', () => new Promise(() => undefined), { inProgressMilliseconds: 99.5 });
    clock.time += 101;
    await expect(idempotency.run('short', work)).resolves.toEqual({ order: 2 });
    expect(backend.calls).toBe(7);
  });

  test('an attempt that outlives its reservation neither answers nor frees the key of its successor', async () => {
    const { idempotency, work } = setUp({ inProgressMilliseconds: 10 });
    const overtaken = async (end: () => Promise<string>) => idempotency.run('k', async () => {
      clock.time += 11;
      await idempotency.run('k', async () => {
        await expect(end()).resolves.toBe('late');
        return 'of the second';
      });
      return 'of the first';
    });
    await expect(overtaken(async () => 'late')).rejects.toMatchObject({ name: 'OvertakenError', retryAfterSeconds: 1 });
    await expect(idempotency.run('k', work)).resolves.toBe('of the second');

    const failing = idempotency.run('f', async () => {
      clock.time += 11;
      void idempotency.run('f', () => new Promise(() => undefined));
      throw new Error('late');
    });
    await expect(failing).rejects.toThrow('late');
    await expect(idempotency.run('f', work)).rejects.toBeInstanceOf(KeyInProgressError);
  });

  test('an attempt that outlives its reservation unnoticed still gives its answer', async () => {
    const { backend, idempotency, work } = setUp({ inProgressMilliseconds: 10 });
    await expect(idempotency.run('k', async () => {
      clock.time += 11;
      return 'late';
    })).resolves.toBe('late');
    await expect(idempotency.run('gone', async () => {
      backend.records.clear();
      return 'late';
    })).resolves.toBe('late');
    await expect(idempotency.run('gone', work)).resolves.toBe('late');
  });

  test('an answer that cannot be kept is an error, with its cause', async () => {
    const { backend, idempotency } = setUp();
    const down = new Error('table is down');
    await expect(idempotency.run('k', async () => {
      backend.failures.push(down);
      return 1;
    })).rejects.toMatchObject({ name: 'AnswerNotKeptError', cause: down });
    await expect(idempotency.run('big', async () => ({ n: 1n }))).rejects.toMatchObject({ name: 'AnswerNotKeptError' });
    await expect(idempotency.run('big', async () => 1)).rejects.toBeInstanceOf(KeyInProgressError);
  });

  test('an answer beyond what DynamoDB keeps is an error, and not a reason to work again', async () => {
    const { idempotency, work, effects } = setUp();
    const long = async () => {
      await work();
      return 'é'.repeat(200_000);
    };
    const tooLong = { name: 'AnswerTooLongError', bytes: 400_002, maxBytes: 400_000 };
    await expect(idempotency.run('k', long)).rejects.toMatchObject(tooLong);
    await expect(idempotency.run('k', long)).rejects.toMatchObject(tooLong);
    expect(effects()).toBe(1);
  });

  test.each([
    [{ name: '' }, 'the name of the operation is empty'],
    [{ expirySeconds: 0 }, 'expirySeconds is 0'],
    [{ inProgressMilliseconds: 1.5 }, 'inProgressMilliseconds is 1.5'],
  ])('refuses %j', (options, message) => {
    expect(() => setUp(options)).toThrow(message);
  });

  test('refuses an empty key', async () => {
    const { idempotency, work } = setUp();
    await expect(idempotency.run('', work)).rejects.toThrow(RangeError);
  });
});

test('any function of a payload can be made idempotent', async () => {
  const { idempotency, work } = setUp();
  const whole = idempotency.wrap(work);
  expect(await whole({ a: 1, b: 2 })).toEqual({ order: 1 });
  expect(await whole({ b: 2, a: 1 })).toEqual({ order: 1 });
  expect(await whole({ a: 2 })).toEqual({ order: 2 });
  const begun = jest.spyOn(idempotency, 'run');
  const pay = async ({ amount }: { key: string; amount: number }, context?: Context) => context ? amount : 0;
  const keyed = idempotency.wrap(pay, { key: ({ key }) => key, request: ({ amount }) => amount });
  expect(await keyed({ key: 'x', amount: 1 }, CONTEXT)).toBe(1);
  expect(begun.mock.calls[0]![2]).toMatchObject({ inProgressMilliseconds: 10_000, request: 1 });
  await expect(keyed({ key: 'x', amount: 2 }, CONTEXT)).rejects.toBeInstanceOf(KeyReusedError);
});

describe('over HTTP', () => {
  type Parts = Partial<Record<'body' | 'method' | 'path' | 'query', string>>;
  const request = (key: string | undefined, { body = '{}', method = 'POST', path = '/orders', query = '' }: Parts = {}): HttpRequest => {
    const bare = httpRequest({ body, headers: key === undefined ? {} : { 'Idempotency-Key': key } });
    const http = { method, path } as HttpRequest['requestContext']['http'];
    return { ...bare, rawQueryString: query, requestContext: { ...bare.requestContext, http } };
  };

  test('a request is answered once a key', async () => {
    const { idempotency } = setUp();
    const statuses = [201, 503, 202];
    const caller = ({ rawPath }: HttpRequest) => rawPath;
    const handler = answerOnce(idempotency, async () => ({ statusCode: statuses.shift()! }), { caller });
    expect(await handler(request('k'), CONTEXT)).toEqual({ statusCode: 201 });
    expect(await handler(request('k'), CONTEXT)).toEqual({ statusCode: 201 });
    for (const parts of [{ body: '{"a":1}' }, { method: 'PUT' }, { path: '/x' }, { query: 'a=1' }]) {
      await expect(handler(request('k', parts), CONTEXT)).rejects.toMatchObject({
        name: 'Problem', status: 422, detail: 'This Idempotency-Key was used for another request.',
      });
    }
    expect(await handler({ ...request('k'), rawPath: '/of-another-caller' }, CONTEXT)).toEqual({ statusCode: 503 });
    expect(await handler({ ...request('k'), rawPath: '/of-another-caller' }, CONTEXT)).toEqual({ statusCode: 202 });
  });

  test('a request without a key is answered as ever, unless a key is required', async () => {
    const { backend, idempotency } = setUp();
    const answer = async () => ({ statusCode: 200 });
    expect(await answerOnce(idempotency, answer)(request(undefined), CONTEXT)).toEqual({ statusCode: 200 });
    const required = answerOnce(idempotency, answer, { required: true });
    await expect(required(request(undefined), CONTEXT)).rejects.toMatchObject({ status: 400 });
    expect(backend.calls).toBe(0);
  });

  test.each(['', ' ', 'two words', 'schlüssel', 'k'.repeat(256)])('%j is no key', (key) => {
    expect(() => idempotencyKey(request(key))).toThrow(expect.objectContaining({ status: 400 }));
  });

  test('a key is taken as it is written', () => {
    expect(idempotencyKey(request('"8e03978e"'))).toBe('"8e03978e"');
  });

  test('errors become problems, and others stay what they are', () => {
    const comeBack = { status: 409, headers: { 'retry-after': '1' } };
    expect(idempotencyProblem(new KeyInProgressError('taken'))).toMatchObject(comeBack);
    expect(idempotencyProblem(new OvertakenError('late'))).toMatchObject(comeBack);
    expect(idempotencyProblem(new KeyReusedError('other'))).toMatchObject({ status: 422 });
    const other = new Error('other');
    expect(idempotencyProblem(other)).toBe(other);
  });
});

describe('what is sent', () => {
  const run = { id: 'order#hash', run: 'me', validation: 'v' };
  const refused = (Item: unknown) => Object.assign(new Error('no'), { name: 'ConditionalCheckFailedException', Item });

  function table(...answers: (object | Error)[]) {
    const sent: (PutCommand | DeleteCommand)[] = [];
    const send = async (command: PutCommand) => {
      sent.push(command);
      const answer = answers.shift() ?? {};
      return answer instanceof Error ? Promise.reject(answer) : answer;
    };
    const documents = { send } as unknown as DynamoDBDocumentClient;
    return { sent, answers: new DynamoDbAnswers({ documents, tableName: 'keys', clock: { ...systemClock, now: clock.now } }) };
  }

  test('to DynamoDB', async () => {
    clock.time = 1_700_000_000_900;
    const { sent, answers } = table();
    expect(await answers.begin(run, 1500)).toBeUndefined();
    expect(await answers.complete(run, { data: '{"a":1}' }, DAY)).toBe(true);
    expect(await answers.complete(run, { tooLong: 500_000 }, DAY)).toBe(true);
    await answers.release(run);
    const mine = { ExpressionAttributeValues: { ':run': 'me' } };
    const completed = { ...run, status: 'COMPLETED', expiration: 1_700_000_001 + DAY };
    const unlessTaken = {
      TableName: 'keys', ConditionExpression: 'attribute_not_exists(#id) OR #run = :run', ExpressionAttributeNames: { '#id': 'id', '#run': 'run' }, ...mine,
    };
    expect(sent.map(({ input }) => input)).toEqual([
      {
        TableName: 'keys',
        Item: { ...run, status: 'INPROGRESS', expiration: 1_700_000_003 },
        ConditionExpression: 'attribute_not_exists(#id) OR #expiration < :now',
        ExpressionAttributeNames: { '#id': 'id', '#expiration': 'expiration' },
        ExpressionAttributeValues: { ':now': 1_700_000_000.9 },
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      },
      { ...unlessTaken, Item: { ...completed, data: '{"a":1}' } },
      { ...unlessTaken, Item: { ...completed, too_long: 500_000 } },
      { TableName: 'keys', Key: { id: 'order#hash' }, ConditionExpression: '#run = :run', ExpressionAttributeNames: { '#run': 'run' }, ...mine },
    ]);
    expect(sent.map((command) => command instanceof PutCommand)).toEqual([true, true, true, false]);
  });

  test('by DynamoDB, refused', async () => {
    const item = { run: { S: 'other' }, validation: { S: 'v' }, status: { S: 'COMPLETED' }, data: { S: '1' }, too_long: { N: '7' } };
    const { answers } = table(refused(item), refused({ run: { S: 'other' }, status: { S: 'INPROGRESS' } }), refused(undefined), refused(undefined));
    expect(await answers.begin(run, 1)).toEqual({ run: 'other', validation: 'v', completed: true, data: '1', tooLong: 7 });
    expect(await answers.begin(run, 1)).toEqual({ run: 'other', completed: false });
    expect(await answers.complete(run, {}, 1)).toBe(false);
    await answers.release(run);
    const down = new Error('down');
    const broken = table(down, down, down).answers;
    await expect(broken.begin(run, 1)).rejects.toBe(down);
    await expect(broken.complete(run, {}, 1)).rejects.toBe(down);
    await expect(broken.release(run)).rejects.toBe(down);
  });

  test('to Valkey', async () => {
    const sent: unknown[][] = [];
    const record = { run: 'other', status: 'COMPLETED', validation: 'v', data: '1' };
    const found: unknown[] = [null, Buffer.from(JSON.stringify(record)), 1, 0, null];
    const client: ValkeyClient = { call: async (...command) => {
      sent.push(command.map((part, index) => command[0] === 'EVALSHA' && index === 1 ? 'sha' : part));
      return found.shift();
    } };
    const answers = new ValkeyAnswers({ client, namespace: 'shop' });
    expect(await answers.begin(run, 1500)).toBeUndefined();
    expect(await answers.begin({ id: 'order#hash', run: 'me' }, 1500)).toEqual({ run: 'other', completed: true, validation: 'v', data: '1' });
    expect(await answers.complete(run, { data: '1' }, DAY)).toBe(true);
    expect(await answers.complete(run, { data: '1' }, DAY)).toBe(false);
    await new ValkeyAnswers({ client }).release(run);
    const kept = '{"run":"me","status":"COMPLETED","validation":"v","data":"1"}';
    expect(sent).toEqual([
      ['SET', 'shop:order#hash', '{"run":"me","status":"INPROGRESS","validation":"v"}', 'NX', 'GET', 'PX', 1500],
      ['SET', 'shop:order#hash', '{"run":"me","status":"INPROGRESS"}', 'NX', 'GET', 'PX', 1500],
      ['EVALSHA', 'sha', 1, 'shop:order#hash', 'me', kept, DAY],
      ['EVALSHA', 'sha', 1, 'shop:order#hash', 'me', kept, DAY],
      ['EVALSHA', 'sha', 1, 'idempotency:order#hash', 'me'],
    ]);
  });
});

test('effect and record in one transaction', () => {
  expect(once({ tableName: 'keys', id: 'click#1', expirySeconds: 60, clock: { now: () => 1999 } })).toEqual({
    Put: { TableName: 'keys', Item: { id: 'click#1', expiration: 61 }, ConditionExpression: 'attribute_not_exists(id)' },
  });
  const cancelled = Object.assign(new Error('no'), { name: 'TransactionCanceledException', CancellationReasons: [{ Code: 'ConditionalCheckFailed' }, {}] });
  expect(cancellationCodes(cancelled)).toEqual(['ConditionalCheckFailed', undefined]);
  expect(cancellationCodes(Object.assign(new Error('no'), { name: 'TransactionCanceledException' }))).toEqual([]);
  expect(cancellationCodes(new Error('other'))).toEqual([]);
});

test('settings', () => {
  expect(idempotencySettings('ORDERS', { ORDERS_IDEMPOTENCY: '86400,60000' })).toEqual({ expirySeconds: 86_400, inProgressMilliseconds: 60_000 });
  expect(() => idempotencySettings('ORDERS', {})).toThrow("ORDERS_IDEMPOTENCY is not set; it is set by compute.use(idempotency, access, { name: 'ORDERS' })");
  for (const ORDERS_IDEMPOTENCY of ['0,1', '1', '1,2,3', 'a,b']) {
    expect(() => idempotencySettings('ORDERS', { ORDERS_IDEMPOTENCY })).toThrow(`ORDERS_IDEMPOTENCY is '${ORDERS_IDEMPOTENCY}'`);
  }
});
