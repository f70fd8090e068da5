import { queueConsumer, type QueueConsumerOptions } from '../../runtime';
import { fakeSqs, RecordingLogger, sqsRecord } from './fakes';

const RETRY = { maxAttempts: 5, firstDelaySeconds: 2, maxDelaySeconds: 60 };

function consumer(overrides: Partial<QueueConsumerOptions> = {}, sqs = fakeSqs()) {
  const logger = new RecordingLogger();
  const handle = async (body: string) => {
    if (body === 'bad') {
      throw new RangeError('cannot');
    }
  };
  const run = queueConsumer({ sqs, queueUrl: 'https://sqs/clicks', retry: RETRY, handle, logger, random: () => 0.5, ...overrides });
  return { run: (...Records: ReturnType<typeof sqsRecord>[]) => run({ Records }), sqs, logger };
}

test('answers which messages failed and delays only those', async () => {
  const { run, sqs } = consumer();
  const response = await run(sqsRecord('1', 'good'), sqsRecord('2', 'bad'), sqsRecord('3', 'good'), sqsRecord('4', 'bad'));
  expect(response).toEqual({ batchItemFailures: [{ itemIdentifier: '2' }, { itemIdentifier: '4' }] });
  expect(sqs.inputs.map(({ ReceiptHandle }) => ReceiptHandle)).toEqual(['receipt-of-2', 'receipt-of-4']);
  expect(sqs.inputs.every(({ QueueUrl }) => QueueUrl === 'https://sqs/clicks')).toBe(true);
});

test('answers an empty list when all went well', async () => {
  const { run, sqs, logger } = consumer();
  await expect(run(sqsRecord('1', 'good'))).resolves.toEqual({ batchItemFailures: [] });
  expect(sqs.inputs).toEqual([]);
  expect(logger.lines).toEqual([]);
});

test('a batch that fails whole is answered, not thrown', async () => {
  const { run, sqs } = consumer();
  await expect(run(sqsRecord('1', 'bad'), sqsRecord('2', 'bad')))
    .resolves.toEqual({ batchItemFailures: [{ itemIdentifier: '1' }, { itemIdentifier: '2' }] });
  expect(sqs.inputs).toHaveLength(2);
});

test('keeps nothing from one batch to the next', async () => {
  const { run } = consumer();
  await run(sqsRecord('1', 'bad'));
  await expect(run(sqsRecord('2', 'good'))).resolves.toEqual({ batchItemFailures: [] });
});

test.each([[1, 2], [2, 3], [3, 5], [4, 9]])('after attempt %i the jittered delay is %i s', async (attempt, delaySeconds) => {
  const { run, sqs, logger } = consumer();
  await run(sqsRecord('1', 'bad', attempt));
  expect(sqs.inputs[0]!.VisibilityTimeout).toBe(delaySeconds);
  expect(logger.lines).toEqual([{
    level: 'warn',
    message: 'attempt failed',
    fields: { messageId: '1', attempt, maxAttempts: 5, delaySeconds, error: { name: 'RangeError', message: 'cannot' } },
  }]);
});

test.each([5, 6])('attempt %i of 5 is the last: the message is released for the dead-letter queue at once', async (attempt) => {
  const { run, sqs, logger } = consumer();
  await expect(run(sqsRecord('1', 'bad', attempt))).resolves.toEqual({ batchItemFailures: [{ itemIdentifier: '1' }] });
  expect(sqs.inputs[0]!.VisibilityTimeout).toBe(0);
  expect(logger.lines).toMatchObject([{ level: 'error', message: 'attempt failed', fields: { attempt, delaySeconds: null } }]);
});

test('a delay that SQS refuses does not fail the batch', async () => {
  const { run, logger } = consumer({}, fakeSqs(new Error('throttled')));
  await expect(run(sqsRecord('1', 'bad'), sqsRecord('2', 'good'))).resolves.toEqual({ batchItemFailures: [{ itemIdentifier: '1' }] });
  expect(logger.lines.at(-1)).toEqual({
    level: 'warn', message: 'delay not set', fields: { messageId: '1', error: { name: 'Error', message: 'throttled' } },
  });
});

test('a later attempt that succeeds is logged as recovered', async () => {
  const { run, sqs, logger } = consumer();
  await expect(run(sqsRecord('1', 'good', 3))).resolves.toEqual({ batchItemFailures: [] });
  expect(logger.lines).toEqual([{ level: 'info', message: 'recovered', fields: { messageId: '1', attempt: 3 } }]);
  expect(sqs.inputs).toEqual([]);
});

test('messages of a batch are processed at the same time', async () => {
  const waiting: (() => void)[] = [];
  const { run } = consumer({
    handle: () => new Promise<void>((resolve) => {
      waiting.push(resolve);
      if (waiting.length === 3) {
        waiting.forEach((release) => release());
      }
    }),
  });
  await expect(run(sqsRecord('1', ''), sqsRecord('2', ''), sqsRecord('3', ''))).resolves.toEqual({ batchItemFailures: [] });
});

test.each([['text', 'text'], [undefined, 'undefined'], [null, 'null']])('whatever is thrown fails the message: %s', async (thrown, message) => {
  const { run, logger } = consumer({ handle: () => Promise.reject(thrown) });
  await expect(run(sqsRecord('1', ''))).resolves.toEqual({ batchItemFailures: [{ itemIdentifier: '1' }] });
  expect(logger.lines[0]!.fields).toMatchObject({ error: { name: 'Error', message } });
});

test('a handler that throws before it returns a promise fails its message only', async () => {
  const { run } = consumer({
    handle: (body) => {
      if (body === 'bad') {
        throw new Error('early');
      }
      return Promise.resolve();
    },
  });
  await expect(run(sqsRecord('1', 'bad'), sqsRecord('2', 'good'))).resolves.toEqual({ batchItemFailures: [{ itemIdentifier: '1' }] });
});

test('an unreadable receive count is taken for the first attempt', async () => {
  const { run, logger } = consumer();
  await run(sqsRecord('1', 'bad', 'many'));
  expect(logger.lines[0]!.fields).toMatchObject({ attempt: 1, delaySeconds: 2 });
});

test('hands over the body and the message', async () => {
  const handle = jest.fn(async () => {});
  const record = sqsRecord('1', 'the body');
  await consumer({ handle }).run(record);
  expect(handle).toHaveBeenCalledWith('the body', record);
});

describe('an ordered queue', () => {
  const inGroup = (group: string, id: string, body: string, attempt?: number) => {
    const record = sqsRecord(id, body, attempt);
    return { ...record, eventSourceARN: `${record.eventSourceARN}.fifo`, attributes: { ...record.attributes, MessageGroupId: group } };
  };

  test('is processed one message after another', async () => {
    let running = 0;
    const order: string[] = [];
    const { run } = consumer({
      handle: async (body) => {
        expect(++running).toBe(1);
        await new Promise((resolve) => setImmediate(resolve));
        order.push(body);
        running--;
      },
    });
    await expect(run(inGroup('a', '1', 'one'), inGroup('b', '2', 'two'), inGroup('a', '3', 'three'))).resolves.toEqual({ batchItemFailures: [] });
    expect(order).toEqual(['one', 'two', 'three']);
  });

  test('a failure stops its group, which waits as long as it does; other groups go on', async () => {
    const handled: string[] = [];
    const { run, sqs, logger } = consumer({
      handle: async (body) => {
        handled.push(body);
        if (body === 'bad') {
          throw new Error('cannot');
        }
      },
    });
    const response = await run(inGroup('a', '1', 'bad', 2), inGroup('b', '2', 'good'), inGroup('a', '3', 'behind'), inGroup('b', '4', 'good too'));
    expect(response.batchItemFailures.map(({ itemIdentifier }) => itemIdentifier)).toEqual(['1', '3']);
    expect(handled).toEqual(['bad', 'good', 'good too']);
    expect(sqs.inputs.map(({ ReceiptHandle, VisibilityTimeout }) => [ReceiptHandle, VisibilityTimeout]))
      .toEqual([['receipt-of-1', 3], ['receipt-of-3', 3]]);
    expect(logger.lines.filter(({ message }) => message === 'attempt failed')).toHaveLength(1);
  });

  test('the group goes on at once after the last attempt of its first message', async () => {
    const { run, sqs } = consumer();
    await run(inGroup('a', '1', 'bad', 5), inGroup('a', '2', 'good'));
    expect(sqs.inputs.map(({ VisibilityTimeout }) => VisibilityTimeout)).toEqual([0, 0]);
  });

  test('groups of a standard queue, which are there for fairness, are processed at the same time', async () => {
    const { run } = consumer();
    const fair = (id: string, body: string) => ({ ...sqsRecord(id, body), attributes: { ...sqsRecord(id, body).attributes, MessageGroupId: 'tenant' } });
    await expect(run(fair('1', 'bad'), fair('2', 'good'))).resolves.toEqual({ batchItemFailures: [{ itemIdentifier: '1' }] });
  });
});
