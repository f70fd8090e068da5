import type { SendMessageBatchCommand, SendMessageBatchResult, SQSClient } from '@aws-sdk/client-sqs';
import { NotSentError, queueProducer, type QueueProducerOptions, type SendOptions } from '../../runtime';

type Input = SendMessageBatchCommand['input'];

/** A queue client that answers each call with the next answer, or takes everything; and what was sent. */
function producer(target: Partial<QueueProducerOptions['target']> = {}, answers: (Partial<SendMessageBatchResult> | Error)[] = []) {
  const calls: Input[] = [];
  const waits: number[] = [];
  const send = async ({ input }: SendMessageBatchCommand) => {
    calls.push(input);
    const answer = answers.shift() ?? {};
    if (answer instanceof Error) {
      throw answer;
    }
    return answer;
  };
  const run = queueProducer({
    sqs: { send: send as unknown as SQSClient['send'] }, target: { queueUrl: 'https://sqs/jobs', ...target },
    wait: async (seconds) => { waits.push(seconds); },
  });
  const sent = () => calls.map(({ Entries }) => Entries!.map(({ MessageBody }) => JSON.parse(MessageBody!) as unknown));
  return { run, calls, waits, sent };
}

const jobs = (count: number, extra: object = {}) => Array.from({ length: count }, (_, n) => ({ n, ...extra }));
const failed = (Id: string, SenderFault = false) => ({ Id, SenderFault, Code: 'InternalError', Message: `${Id} failed` });

test('messages go out ten at a time, as JSON', async () => {
  const { run, calls, sent } = producer();
  await run(jobs(23));
  expect(sent().map((batch) => batch.length)).toEqual([10, 10, 3]);
  expect(sent().flat()).toEqual(jobs(23));
  expect(calls[0]).toMatchObject({ QueueUrl: 'https://sqs/jobs' });
  expect(calls[0]!.Entries![0]).toEqual({ Id: '0', MessageBody: '{"n":0}' });
});

test('nothing to send makes no call', async () => {
  const { run, calls } = producer();
  await run([]);
  expect(calls).toEqual([]);
});

test('a batch stays below one mebibyte', async () => {
  const { run, sent } = producer();
  await run(jobs(4, { text: 'ü'.repeat(200_000) }));
  expect(sent().map((batch) => batch.length)).toEqual([2, 2]);
});

test('what SQS could not take is sent again, and only that', async () => {
  const { run, sent, waits } = producer({}, [{ Failed: [failed('1')] }, new Error('throttled')]);
  await run(jobs(3));
  expect(sent()).toEqual([jobs(3), [{ n: 1 }], [{ n: 1 }]]);
  expect(waits).toHaveLength(2);
  expect(waits.every((seconds) => seconds >= 1 && seconds <= 5)).toBe(true);
});

test('after three attempts the rest is thrown, and no more', async () => {
  const { run, calls } = producer({}, [new Error('down'), new Error('down'), new Error('still down')]);
  const error = await run(jobs(2)).catch((thrown: unknown) => thrown as NotSentError);
  expect(error).toBeInstanceOf(NotSentError);
  expect(error).toMatchObject({ messages: jobs(2), message: '2 messages not sent: still down' });
  expect(calls).toHaveLength(3);
});

test('what SQS refuses for what it is, is not sent again', async () => {
  const { run, calls } = producer({}, [{ Failed: [failed('0', true)] }]);
  await expect(run(jobs(2))).rejects.toMatchObject({ messages: [{ n: 0 }], message: '1 messages not sent: 0 failed' });
  expect(calls).toHaveLength(1);
});

describe('a fair queue', () => {
  test('is told whose a message is, and nothing of order', async () => {
    const { run, calls } = producer({ fairBy: 'tenant' });
    await run([{ tenant: 'a' }, { tenant: 7 }], { delaySeconds: 5 });
    expect(calls[0]!.Entries).toEqual([
      { Id: '0', MessageBody: '{"tenant":"a"}', MessageGroupId: 'a', DelaySeconds: 5 },
      { Id: '1', MessageBody: '{"tenant":7}', MessageGroupId: '7', DelaySeconds: 5 },
    ]);
  });

  test.each([[{}], [{ tenant: '' }], [{ tenant: null }], [{ tenant: {} }]])('a message without it stops the call before anything is sent: %j', async (bad) => {
    const { run, calls } = producer({ fairBy: 'tenant' });
    await expect(run([{ tenant: 'a' }, bad])).rejects.toThrow(new TypeError('a message has no tenant, by which the queue groups its messages'));
    expect(calls).toEqual([]);
  });
});

describe('an ordered queue', () => {
  const order = (key: string, n: number) => ({ key, n });
  const messages = [order('a', 1), order('a', 2), order('b', 1), order('a', 3), order('b', 2)];

  test('gets the messages of one key one after another, each as a message of its own', async () => {
    const { run, sent, calls } = producer({ orderBy: 'key' });
    await run([...messages, order('a', 3)]);
    expect(sent()).toEqual([[order('a', 1), order('b', 1)], [order('a', 2), order('b', 2)], [order('a', 3)], [order('a', 3)]]);
    const ids = calls.flatMap(({ Entries }) => Entries!.map(({ MessageDeduplicationId }) => MessageDeduplicationId));
    expect(new Set(ids).size).toBe(6);
  });

  test('can be told which messages are the same', async () => {
    const { run, calls } = producer({ orderBy: 'key' });
    const options: SendOptions = { deduplicationId: (message) => JSON.stringify(message) };
    await run([order('a', 1)], options);
    expect(calls[0]!.Entries![0]).toMatchObject({ MessageGroupId: 'a', MessageDeduplicationId: '{"key":"a","n":1}' });
  });

  test('never gets a later message before an earlier one of its key that failed', async () => {
    const down = { Failed: [failed('0')] };
    const { run, sent } = producer({ orderBy: 'key' }, [down, down, down]);
    await expect(run(messages)).rejects.toMatchObject({ messages: [order('a', 1), order('a', 2), order('b', 2), order('a', 3)] });
    expect(sent()).toEqual([[order('a', 1), order('b', 1)], [order('a', 1)], [order('a', 1)]]);
  });

  test('keeps a message that is sent again the same message', async () => {
    const { run, calls } = producer({ orderBy: 'key' }, [new Error('timeout')]);
    await run([order('a', 1)]);
    expect(calls[1]!.Entries).toEqual(calls[0]!.Entries);
  });
});
