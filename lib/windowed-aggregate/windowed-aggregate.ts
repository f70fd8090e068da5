import { Duration } from 'aws-cdk-lib';
import type { ITable, TableOptionsV2 } from 'aws-cdk-lib/aws-dynamodb';
import { Construct } from 'constructs';
import { enforce, refuse } from '../core/rules';
import { show } from '../core/show';
import type { IStreamWorker } from '../core/stream-worker';
import { Access, environmentName, type IBackingService, type ICompute, type UseOptions, writes } from '../core/wiring';
import type { ConsumerGroupOptions, EventStream, IConsumerGroup } from '../event-stream/index';
import { KeyValueStore } from '../key-value-store/index';
import { FEED_RULES, WINDOWED_AGGREGATE_RULES } from './windowed-aggregate-rules';

/** How a WindowedAggregate cuts time. */
export interface WindowedAggregateProps {
  /**
   * The length of a window, in whole seconds, 1 s to 1 day. Windows begin at multiples of it since the epoch, in UTC.
   * Longer ones are several of these, added up when they are read.
   */
  readonly window: Duration;
  /**
   * How much later than something newer of its shard a record may come and still count. Later ones are told in `late` of
   * their window. Whole seconds, 0 s to 1 day.
   * @default Duration.seconds(30)
   */
  readonly allowedLateness?: Duration;
  /**
   * How long a window is kept after its end, in whole seconds, 1 day to 10 years. What a replay counts that ended longer ago
   * expires at once.
   * @default Duration.days(30)
   */
  readonly retention?: Duration;
  /**
   * Which of several counts of the same stream this is: 1 to 32 letters, digits, `_`, `.` and `-`. Another one begins with
   * nothing and counts every record that it is given, beside what is there.
   * @default '1'
   */
  readonly generation?: string;
  /**
   * What was counted may be deleted with the stack. Honoured under SANDBOX only.
   * @default false
   */
  readonly disposable?: boolean;
  /**
   * Anything else of the inner table, applied last.
   * @default - nothing else
   */
  readonly tableProps?: TableOptionsV2;
  /**
   * An existing table to adopt: partition key `series`, sort key `window`, both text, time to live `expiresAt`. Nothing is
   * created. Several aggregates share one when their generations differ.
   * @default - a new table
   */
  readonly table?: ITable;
}

/**
 * What happened in each minute: counts, sums, means, least and greatest values of many series over windows of event time. A
 * DynamoDB table, and `WindowedAggregate` of `cdk-system-blueprints/runtime/windowed-aggregate` in the worker. However often a
 * record is delivered, it counts once; one that comes after its window has closed is told as late.
 */
export class WindowedAggregate extends Construct implements IBackingService {
  /** Where windows are kept, and how far each shard was counted. */
  public readonly store: KeyValueStore;

  private readonly settings: string;

  /** @throws RuleError when the props break a rule of this concept; all of them are named at once */
  constructor(scope: Construct, id: string, props: WindowedAggregateProps) {
    super(scope, id);
    enforce(this, WINDOWED_AGGREGATE_RULES, props);
    const { window, allowedLateness = Duration.seconds(30), retention = Duration.days(30), generation = '1' } = props;
    this.settings = [window.toMilliseconds(), allowedLateness.toMilliseconds(), retention.toSeconds(), generation].join();
    const { table, disposable, tableProps } = props;
    const shape = table ? { table } : { partitionKey: 'series', sortKey: 'window', timeToLive: 'expiresAt', disposable, tableProps };
    // This id adds nothing to logical ids: a KeyValueStore that was in the place of this construct keeps its table.
    this.store = new KeyValueStore(this, 'Default', shape);
    this.node.defaultChild = this.store.node.defaultChild;
  }

  /** The table. */
  public get table(): ITable {
    return this.store.table;
  }

  /**
   * Lets compute read windows or, with `Access.WRITE`, count too, which reads what is there; it finds `<NAME>_TABLE_NAME` and
   * `<NAME>_WINDOWS`.
   */
  public attach(compute: ICompute, access: Access, options?: UseOptions): void {
    this.store.attach(compute, writes(access) ? Access.READ_WRITE : Access.READ, { name: options?.name ?? this.node.id });
    compute.addEnvironment(environmentName(this, 'WINDOWS', options), this.settings);
  }

  /**
   * Has a worker count what a stream carries, as a consumer group of its own. Its code answers with `windowConsumer` of
   * `cdk-system-blueprints/runtime/windowed-aggregate`.
   *
   * @throws RuleError when the stream is none of Kinesis, or the options break a rule of this concept or of EventStream
   */
  public fedBy(stream: EventStream, worker: IStreamWorker, options: ConsumerGroupOptions): IConsumerGroup {
    if (typeof stream?.consumedBy !== 'function') {
      refuse(this, 'WindowedAggregate.NoStream', `stream is ${show(stream)}`, 'an EventStream');
    }
    if (!stream.stream) {
      refuse(this, 'WindowedAggregate.KinesisOnly', `the stream ${stream.node.path} of Kafka`, 'one of Kinesis, whose batches have the records of one shard');
    }
    if (typeof options === 'object' && options !== null) {
      enforce(this, FEED_RULES, options);
    }
    const group = stream.consumedBy(worker, options);
    worker.use(this, Access.READ_WRITE);
    return group;
  }
}
