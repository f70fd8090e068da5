import { type FanOutMessage, fanOutPublisher, fanOutTarget, MissingSettingError, NotPublishedError, systemClock } from '../../runtime';
import type { PublishEntry, Topics } from '../../runtime/fan-out/publisher';

/** A clock that waits for nothing. */
const NO_WAIT = { ...systemClock, sleep: () => Promise.resolve() };

type Answer = Awaited<ReturnType<Topics['publishBatch']>>;

type Fails = (entry: PublishEntry, attempt: number) => { SenderFault?: boolean; Message?: string; Code?: string } | undefined;

/** Amazon SNS that takes everything, unless told otherwise for one message. */
function topicsThat(fail: Fails = () => undefined) {
  const calls: PublishEntry[][] = [];
  const attempts = new Map<string, number>();
  const topics: Topics = {
    publishBatch: ({ PublishBatchRequestEntries: entries }): Promise<Answer> => {
      calls.push(entries);
      return Promise.resolve({
        Failed: entries.flatMap((entry) => {
          const attempt = (attempts.get(entry.Message) ?? 0) + 1;
          attempts.set(entry.Message, attempt);
          const failure = fail(entry, attempt);
          return failure ? [{ Id: entry.Id, ...failure }] : [];
        }),
      });
    },
  };
  return { topics, calls };
}
const target = { topicArn: 'arn:aws:sns:eu-west-1:111122223333:news' };
const message = (id: number, more: object = {}): FanOutMessage => ({ body: { id, ...more } });
const idOf = ({ Message }: PublishEntry) => (JSON.parse(Message) as { id: number }).id;
const texts = (calls: PublishEntry[][]) => calls.map((call) => call.map(idOf));

test('the target comes from the wiring', () => {
  expect(fanOutTarget('NEWS', { NEWS_TOPIC_ARN: 'arn', NEWS_ORDER_BY: 'a' })).toEqual({ topicArn: 'arn', orderBy: 'a' });
  expect(() => fanOutTarget('NEWS', {})).toThrow(MissingSettingError);
});

test('ten at a time, with attributes of every kind', async () => {
  const { topics, calls } = topicsThat();
  const publish = fanOutPublisher({ topics, target });
  const attributes = { kind: 'created', total: 5, tags: ['a', 'b'] };
  await publish(Array.from({ length: 23 }, (_, id) => ({ ...message(id), attributes })));
  expect(calls.map((call) => call.length)).toEqual([10, 10, 3]);
  expect(calls[0]![0]).toEqual({
    Id: '0',
    Message: '{"id":0}',
    MessageAttributes: {
      kind: { DataType: 'String', StringValue: 'created' },
      total: { DataType: 'Number', StringValue: '5' },
      tags: { DataType: 'String.Array', StringValue: '["a","b"]' },
    },
  });
});

test('no call is larger than what Amazon SNS takes', async () => {
  const { topics, calls } = topicsThat();
  await fanOutPublisher({ topics, target })(Array.from({ length: 4 }, (_, id) => message(id, { text: 'x'.repeat(100_000) })));
  expect(calls.map((call) => call.length)).toEqual([2, 2]);
});

test('what could not be taken is published again, and only that', async () => {
  const { topics, calls } = topicsThat(({ Message }, attempt) => Message === '{"id":1}' && attempt < 3 ? { Code: 'InternalError' } : undefined);
  await fanOutPublisher({ topics, target, clock: NO_WAIT })([message(0), message(1), message(2)]);
  expect(texts(calls)).toEqual([[0, 1, 2], [1], [1]]);
});

test('what is refused for what it is is named at once; the rest is published', async () => {
  const { topics, calls } = topicsThat(({ Message }) => Message === '{"id":1}' ? { SenderFault: true, Message: 'too long' } : undefined);
  const error: unknown = await fanOutPublisher({ topics, target })([message(0), message(1)]).catch((caught: unknown) => caught);
  expect(error).toBeInstanceOf(NotPublishedError);
  expect(error).toMatchObject({ messages: [message(1)], message: '1 messages not published: too long' });
  expect(calls).toHaveLength(1);
});

test('a call that fails as a whole is tried again, then named', async () => {
  let calls = 0;
  const topics = { publishBatch: () => { calls++; return Promise.reject(new Error('away')); } };
  const publish = fanOutPublisher({ topics, target, clock: NO_WAIT, maxAttempts: 2 });
  await expect(publish([message(0)])).rejects.toMatchObject({ name: 'NotPublishedError', message: '1 messages not published: away' });
  expect(calls).toBe(2);
});

describe('in order', () => {
  const ordered = { ...target, orderBy: 'account' };
  const of = (account: string, id: number) => message(id, { account });

  test('one after another within a group, and later ones never overtake a failed one', async () => {
    const { topics, calls } = topicsThat(({ Message }) => Message.includes('"id":2') ? { SenderFault: true } : undefined);
    const error = await fanOutPublisher({ topics, target: ordered })([of('a', 1), of('b', 9), of('a', 2), of('a', 3)]).catch((caught: unknown) => caught);
    expect(texts(calls)).toEqual([[1, 9], [2]]);
    expect(error).toMatchObject({ messages: [of('a', 2), of('a', 3)] });
  });

  test('messages are told apart, unless the publisher says that they are the same', async () => {
    const { topics, calls } = topicsThat();
    await fanOutPublisher({ topics, target: ordered })([of('a', 1), { ...of('b', 2), deduplicationId: 'same' }]);
    expect(calls[0]).toMatchObject([{ MessageGroupId: 'a', MessageDeduplicationId: expect.stringMatching(/^[0-9a-f-]{36}$/) }, { MessageDeduplicationId: 'same' }]);
  });

  test('a message without its group is refused before anything is published', async () => {
    const { topics, calls } = topicsThat();
    await expect(fanOutPublisher({ topics, target: ordered })([of('a', 1), message(2)])).rejects.toThrow(TypeError);
    expect(calls).toEqual([]);
  });
});
