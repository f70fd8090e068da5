import type { QueueTarget } from './queue-producer';
import type { RetryPolicy } from './queue-consumer';

/** The variables a function starts with. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** A variable that wiring sets is missing or cannot be read. The message names it and the call that sets it. */
export class MissingSettingError extends Error {
  public override readonly name = 'MissingSettingError';
}

/**
 * The name of the table behind a key-value store, from `<NAME>_TABLE_NAME`.
 *
 * @param name what the store is wired under, for example `LINKS`
 * @throws MissingSettingError when the store is not wired to this function
 */
export function tableName(name: string, environment: Environment = process.env): string {
  return readSetting(`${name}_TABLE_NAME`, wiredBy('store', name), environment);
}

/**
 * The name of the bucket behind an object store, from `<NAME>_BUCKET_NAME`.
 *
 * @param name what the store is wired under, for example `UPLOADS`
 * @throws MissingSettingError when the store is not wired to this function
 */
export function bucketName(name: string, environment: Environment = process.env): string {
  return readSetting(`${name}_BUCKET_NAME`, wiredBy('store', name), environment);
}

/**
 * The address of a work queue, from `<NAME>_QUEUE_URL`.
 *
 * @param name what the queue is wired under, for example `CLICKS`
 * @throws MissingSettingError when the queue is not wired to this function
 */
export function queueUrl(name: string, environment: Environment = process.env): string {
  return readSetting(`${name}_QUEUE_URL`, `${wiredBy('queue', name)}, or by consuming it: queue.consumedBy(compute)`, environment);
}

/**
 * A work queue with what groups its messages, from `<NAME>_QUEUE_URL`, `<NAME>_ORDER_BY` and `<NAME>_FAIR_BY`.
 *
 * @param name what the queue is wired under, for example `CLICKS`
 * @throws MissingSettingError when the queue is not wired to this function
 */
export function queueTarget(name: string, environment: Environment = process.env): QueueTarget {
  return { queueUrl: queueUrl(name, environment), orderBy: environment[`${name}_ORDER_BY`], fairBy: environment[`${name}_FAIR_BY`] };
}

/**
 * The name of the stream behind an event stream, from `<NAME>_STREAM_NAME`.
 *
 * @param name what the stream is wired under, for example `CLICKS`
 * @throws MissingSettingError when the stream is not wired to this function
 */
export function streamName(name: string, environment: Environment = process.env): string {
  return readSetting(`${name}_STREAM_NAME`, wiredBy('stream', name), environment);
}

/**
 * The attribute of a record whose value is its partition key, from `<NAME>_PARTITION_KEY`.
 *
 * @param name what the stream is wired under, for example `CLICKS`
 * @throws MissingSettingError when the stream is not wired to this function
 */
export function partitionKey(name: string, environment: Environment = process.env): string {
  return readSetting(`${name}_PARTITION_KEY`, wiredBy('stream', name), environment);
}

/**
 * The address by which a WebSocket gateway sends to its connections, from `<NAME>_CALLBACK_URL`.
 *
 * @param name what the gateway is wired under, for example `LIVE`
 * @throws MissingSettingError when the gateway is not wired to this function
 */
export function callbackUrl(name: string, environment: Environment = process.env): string {
  return readSetting(`${name}_CALLBACK_URL`, wiredBy('gateway', name), environment);
}

/**
 * How the consumer of a work queue retries, from `<NAME>_RETRY`: attempts, first and longest delay in seconds, `5,1,900`.
 *
 * @param name what the queue is wired under, for example `CLICKS`
 * @throws MissingSettingError when this function does not consume the queue, or a value is not a whole number from 1
 */
export function retryPolicy(name: string, environment: Environment = process.env): RetryPolicy {
  const variable = `${name}_RETRY`;
  const setBy = 'queue.consumedBy(compute)';
  const value = readSetting(variable, setBy, environment);
  const numbers = value.split(',');
  if (numbers.length !== 3 || !numbers.every((number) => /^[1-9]\d{0,8}$/.test(number))) {
    throw new MissingSettingError(`${variable} is '${value}'; it must be three whole numbers from 1, as ${setBy} sets it`);
  }
  const [maxAttempts, firstDelaySeconds, maxDelaySeconds] = numbers.map(Number);
  return { maxAttempts: maxAttempts!, firstDelaySeconds: firstDelaySeconds!, maxDelaySeconds: maxDelaySeconds! };
}

/**
 * The address of the queue for changes that a capture sets aside, from `<NAME>_DEAD_LETTERS_URL`.
 *
 * @param name the construct id of the capture, as variables spell it: `CAPTURE`
 * @throws MissingSettingError when this function is not the worker of that capture
 */
export function deadLettersUrl(name: string, environment: Environment = process.env): string {
  return readSetting(`${name}_DEAD_LETTERS_URL`, 'new ChangeDataCapture(scope, id, { worker })', environment);
}

/** The call that wires a backing service under a name. */
export function wiredBy(service: string, name: string): string {
  return `compute.use(${service}, access, { name: '${name}' })`;
}

/**
 * The value of a variable that wiring sets.
 *
 * @param setBy the call that sets it, for the message
 * @throws MissingSettingError when it is not set
 */
export function readSetting(variable: string, setBy: string, environment: Environment = process.env): string {
  const value = environment[variable];
  if (!value) {
    throw new MissingSettingError(`${variable} is not set; it is set by ${setBy}`);
  }
  return value;
}
