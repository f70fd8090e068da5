import { bucketName, MissingSettingError, partitionKey, queueUrl, retryPolicy, streamName, tableName } from '../../runtime';

const RETRY = { CLICKS_RETRY: '5,1,900' };

test('reads what the constructs write', () => {
  expect(tableName('LINKS', { LINKS_TABLE_NAME: 'links-1' })).toBe('links-1');
  expect(bucketName('UPLOADS', { UPLOADS_BUCKET_NAME: 'uploads-1' })).toBe('uploads-1');
  expect(queueUrl('CLICKS', { CLICKS_QUEUE_URL: 'https://sqs/clicks' })).toBe('https://sqs/clicks');
  expect(streamName('CLICKS', { CLICKS_STREAM_NAME: 'clicks-1' })).toBe('clicks-1');
  expect(partitionKey('CLICKS', { CLICKS_PARTITION_KEY: 'slug' })).toBe('slug');
  expect(retryPolicy('CLICKS', RETRY)).toEqual({ maxAttempts: 5, firstDelaySeconds: 1, maxDelaySeconds: 900 });
});

test('reads the environment of the process by default', () => {
  process.env.SOME_TABLE_NAME = 'some-table';
  expect(tableName('SOME')).toBe('some-table');
  delete process.env.SOME_TABLE_NAME;
  expect(() => tableName('SOME')).toThrow(MissingSettingError);
});

test.each([
  ['a table', () => tableName('LINKS', {}), "LINKS_TABLE_NAME is not set; it is set by compute.use(store, access, { name: 'LINKS' })"],
  ['a bucket', () => bucketName('UPLOADS', {}), "UPLOADS_BUCKET_NAME is not set; it is set by compute.use(store, access, { name: 'UPLOADS' })"],
  ['an empty table name', () => tableName('LINKS', { LINKS_TABLE_NAME: '' }), 'LINKS_TABLE_NAME is not set'],
  ['a queue', () => queueUrl('CLICKS', {}), /^CLICKS_QUEUE_URL is not set; .*compute\.use\(queue, .*queue\.consumedBy\(compute\)/],
  ['a stream', () => streamName('CLICKS', {}), "CLICKS_STREAM_NAME is not set; it is set by compute.use(stream, access, { name: 'CLICKS' })"],
  ['a partition key', () => partitionKey('CLICKS', {}), 'CLICKS_PARTITION_KEY is not set'],
  ['retries', () => retryPolicy('CLICKS', {}), /^CLICKS_RETRY is not set; .*queue\.consumedBy\(compute\)/],
])('a missing setting is named, and the call that sets it: %s', (_, read, message) => {
  expect(read).toThrow(MissingSettingError);
  expect(read).toThrow(message);
});

test.each(['0', '-1', '1.5', 'five', ' 5', '1e3', '', '1,2'])('retries are three whole numbers from 1: not %j', (value) => {
  expect(() => retryPolicy('CLICKS', { CLICKS_RETRY: `5,${value},900` }))
    .toThrow(`CLICKS_RETRY is '5,${value},900'; it must be three whole numbers from 1`);
});
