import type { KinesisStreamRecord } from 'aws-lambda';
import { streamConsumer, type StreamConsumerOptions } from '../../runtime';
import { RecordingLogger } from './fakes';

function record(sequenceNumber: string, data: string, partitionKey = 'key'): KinesisStreamRecord {
  return {
    awsRegion: 'eu-west-1',
    eventID: `shardId-000000000000:${sequenceNumber}`,
    eventName: 'aws:kinesis:record',
    eventSource: 'aws:kinesis',
    eventSourceARN: 'arn:aws:kinesis:eu-west-1:111122223333:stream/clicks',
    eventVersion: '1.0',
    invokeIdentityArn: 'arn:aws:iam::111122223333:role/consumer',
    kinesis: {
      approximateArrivalTimestamp: 0, kinesisSchemaVersion: '1.0', partitionKey, sequenceNumber,
      data: Buffer.from(data).toString('base64'),
    },
  };
}

function consumer(overrides: Partial<StreamConsumerOptions> = {}) {
  const logger = new RecordingLogger();
  const handled: string[] = [];
  const handle = async (data: string) => {
    handled.push(data);
    if (data === 'bad') {
      throw new RangeError('cannot');
    }
  };
  const run = streamConsumer({ handle, logger, ...overrides });
  return { run: (...Records: KinesisStreamRecord[]) => run({ Records }), handled, logger };
}

test('answers an empty list when all went well', async () => {
  const { run, handled, logger } = consumer();
  await expect(run(record('1', 'a'), record('2', 'b'))).resolves.toEqual({ batchItemFailures: [] });
  expect(handled).toEqual(['a', 'b']);
  expect(logger.lines).toEqual([]);
});

test('stops at the first failure, and answers it and all behind it', async () => {
  const { run, handled, logger } = consumer();
  await expect(run(record('1', 'a'), record('2', 'bad', 'k'), record('3', 'c'), record('4', 'bad'))).resolves
    .toEqual({ batchItemFailures: ['2', '3', '4'].map((itemIdentifier) => ({ itemIdentifier })) });
  expect(handled).toEqual(['a', 'bad']);
  expect(logger.lines).toEqual([{
    level: 'warn',
    message: 'record failed',
    fields: { partitionKey: 'k', sequenceNumber: '2', left: 2, error: { name: 'RangeError', message: 'cannot' } },
  }]);
});

test('a batch that fails from its first record on is answered, not thrown', async () => {
  const { run } = consumer();
  await expect(run(record('1', 'bad'))).resolves.toEqual({ batchItemFailures: [{ itemIdentifier: '1' }] });
});

test('keeps nothing from one batch to the next', async () => {
  const { run, handled } = consumer();
  await run(record('1', 'bad'));
  await expect(run(record('2', 'good'))).resolves.toEqual({ batchItemFailures: [] });
  expect(handled).toEqual(['bad', 'good']);
});

test('a record is done before the next one begins', async () => {
  const order: string[] = [];
  const { run } = consumer({
    handle: async (data) => {
      order.push(`${data} begins`);
      await new Promise((resolve) => setImmediate(resolve));
      order.push(`${data} ends`);
    },
  });
  await run(record('1', 'a'), record('2', 'b'));
  expect(order).toEqual(['a begins', 'a ends', 'b begins', 'b ends']);
});

test.each([['text', 'text'], [undefined, 'undefined']])('whatever is thrown fails the record: %s', async (thrown, message) => {
  const { run, logger } = consumer({ handle: () => Promise.reject(thrown) });
  await expect(run(record('1', ''))).resolves.toEqual({ batchItemFailures: [{ itemIdentifier: '1' }] });
  expect(logger.lines[0]!.fields).toMatchObject({ error: { name: 'Error', message } });
});

test('hands over the text and the record', async () => {
  const handle = jest.fn(async () => {});
  const one = record('1', 'grüße');
  await consumer({ handle }).run(one);
  expect(handle).toHaveBeenCalledWith('grüße', one);
});
