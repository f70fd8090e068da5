import { Size, Token } from 'aws-cdk-lib';
import { adoptsOrShapes, notManaged, text, wholeNumber, wholeSeconds } from '../core/checks';
import type { Refusal, Rule } from '../core/rules';
import { show } from '../core/show';
import { TrafficEstimate } from '../core/traffic-estimate';
import { typed } from '../core/typed';
import type { EventStreamProps } from './event-stream';
import { shardsFor } from './sizing';
import { StreamEngine } from './stream-engine';

const HOUR = 60 * 60;
const DAY = 24 * HOUR;
const MOST_SHARDS = 10_000;
const KINESIS_PROPS: readonly (keyof EventStreamProps)[] = ['shards', 'traffic', 'retention', 'encryptionKey', 'streamProps', 'stream'];
const KAFKA_PROPS: readonly (keyof EventStreamProps)[] = ['topic', 'network'];

/** What EventStream refuses. Bounds: Amazon Kinesis Data Streams quotas, names of Apache Kafka. */
export const EVENT_STREAM_RULES: readonly Rule<EventStreamProps>[] = [
  {
    code: 'EventStream.WrongType',
    first: true,
    check: (props) => typed(props, {
      partitionKey: 'text',
      engine: 'text',
      shards: 'number',
      traffic: TrafficEstimate,
      retention: 'duration',
      encryptionKey: 'construct',
      disposable: 'flag',
      streamProps: 'object',
      stream: 'construct',
      topic: 'text',
      network: 'construct',
    }),
  },
  {
    code: 'EventStream.Engine',
    check: ({ engine }) => engine === undefined || Object.values(StreamEngine).includes(engine)
      ? undefined
      : { given: `engine is ${show(engine)}`, allowed: 'StreamEngine.KINESIS or StreamEngine.KAFKA' },
  },
  { code: 'EventStream.AdoptOrShape', check: (props) => adoptsOrShapes('stream', props, ['partitionKey', 'engine']) },
  {
    code: 'EventStream.NoPartitionKey',
    check: ({ partitionKey }) => partitionKey !== undefined
      ? undefined
      : { given: 'no partitionKey', allowed: 'the attribute of a record whose records must stay in order, for example the user' },
  },
  { code: 'EventStream.PartitionKey', check: ({ partitionKey }) => text('partitionKey', partitionKey, 1, 255) },
  { code: 'EventStream.Shards', check: ({ shards }) => wholeNumber('shards', shards, 1, MOST_SHARDS) },
  { code: 'EventStream.Retention', check: ({ retention }) => wholeSeconds('retention', retention, DAY, 365 * DAY) },
  {
    code: 'EventStream.RetentionInHours',
    check: ({ retention }) => !retention || retention.isUnresolved() || retention.toMilliseconds() % (HOUR * 1000) === 0
      ? undefined
      : { given: `retention is ${retention.toMilliseconds() / 1000} s`, allowed: 'whole hours' },
  },
  {
    code: 'EventStream.RecordTooLarge',
    check: ({ traffic }) => traffic && traffic.itemSize.toBytes() > Size.mebibytes(1).toBytes()
      ? { given: `records of ${traffic.itemSize.toBytes()} bytes`, allowed: 'up to 1 MiB; put larger ones into an object store and send their key' }
      : undefined,
  },
  {
    code: 'EventStream.TooMuchTraffic',
    check: ({ shards, traffic }) => {
      const needed = shards === undefined && traffic ? shardsFor(traffic, 1).value : 0;
      return needed > MOST_SHARDS
        ? { given: `traffic that needs ${needed} shards`, allowed: `up to ${MOST_SHARDS}; spread it over several streams` }
        : undefined;
    },
  },
  {
    code: 'EventStream.KinesisOnly',
    check: (props) => props.engine === StreamEngine.KAFKA
      ? only(props, KINESIS_PROPS, 'engine: StreamEngine.KINESIS; Kafka keeps such settings in its topics')
      : undefined,
  },
  {
    code: 'EventStream.KafkaOnly',
    check: (props) => props.engine === StreamEngine.KAFKA ? undefined : only(props, KAFKA_PROPS, 'engine: StreamEngine.KAFKA'),
  },
  {
    code: 'EventStream.Topic',
    check: ({ topic }) => topic === undefined || Token.isUnresolved(topic) || /^[A-Za-z0-9._-]{1,249}$/.test(topic)
      ? undefined
      : { given: `topic is ${show(topic)}`, allowed: '1 to 249 letters, digits, ., _ and -' },
  },
  {
    code: 'EventStream.ManagedByTheConstruct',
    check: ({ streamProps }) => notManaged('streamProps', streamProps,
      ['shardCount', 'streamMode', 'retentionPeriod', 'encryption', 'encryptionKey', 'removalPolicy'],
      'shards, retention, encryptionKey and disposable of EventStream itself'),
  },
];

function only(props: EventStreamProps, those: readonly (keyof EventStreamProps)[], allowed: string): Refusal | undefined {
  const given = those.filter((prop) => props[prop] !== undefined);
  return given.length === 0 ? undefined : { given: `${given.join(', ')} with engine ${props.engine ?? StreamEngine.KINESIS}`, allowed };
}
