import { Duration, Stack } from 'aws-cdk-lib';
import type { IMetric, Metric, MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import { type CfnGlobalTable, StreamViewType } from 'aws-cdk-lib/aws-dynamodb';
import { Construct } from 'constructs';
import { enforce, refuse } from '../core/rules';
import { type IStreamWorker, StartAt } from '../core/stream-worker';
import { recordWire } from '../core/wires';
import { Access, environmentName, type IBackingService, type ICompute, type UseOptions } from '../core/wiring';
import type { IChangeConsumer, KeyValueStore } from '../key-value-store/index';
import { CHANGE_DATA_CAPTURE_RULES } from './change-data-capture-rules';

/** What a ChangeDataCapture carries, and how fast. */
export interface ChangeDataCaptureProps {
  /** Whose changes are captured. Its items need a version that grows with every change. */
  readonly source: KeyValueStore;
  /**
   * What carries the changes: a FunctionService, or other compute that can work a stream. Its code is a `changeDataCapture` of
   * `cdk-system-blueprints/runtime`, which says what document an item becomes.
   */
  readonly worker: IStreamWorker;
  /**
   * The name of the consumer: a letter, then up to 63 letters, digits and `-`.
   * @default - the construct id of the worker
   */
  readonly consumerName?: string;
  /**
   * The most changes carried at once, 1 to 10,000.
   * @default 100
   */
  readonly batchSize?: number;
  /**
   * How long changes are collected to fill a batch, 0 to 300 s.
   * @default - changes are carried as they come
   */
  readonly batchWindow?: Duration;
  /**
   * The most batches of one shard worked on at once, 1 to 10.
   * @default 1
   */
  readonly parallelization?: number;
  /**
   * How often a batch is tried before it is set aside, 1 to 10,000. Only a sink that is out of reach makes a batch fail, as long
   * as the code is given the dead-letter queue.
   * @default 10000
   */
  readonly maxAttempts?: number;
  /**
   * How far the sink may fall behind before the alarm goes off. Changes are lost after a day.
   * @default Duration.minutes(1)
   */
  readonly maxLag?: Duration;
}

/**
 * Carries the changes of a store into what is made of it, within about a second: a search index, or anything else that keeps of
 * two changes the newer one. The store is written once; nothing has to be written to both.
 */
export class ChangeDataCapture extends Construct {
  /** How the worker reads the changes. Batches that failed every attempt end in its dead-letter queue. */
  public readonly consumer: IChangeConsumer;

  private readonly source: KeyValueStore;
  private readonly worker: IStreamWorker;
  private readonly sinks: { readonly sink: IBackingService; readonly options?: UseOptions }[] = [];
  private readonly reindexers: ICompute[] = [];

  /** @throws RuleError when the props break a rule of this concept; all of them are named at once */
  constructor(scope: Construct, id: string, props: ChangeDataCaptureProps) {
    super(scope, id);
    enforce(this, CHANGE_DATA_CAPTURE_RULES, props);
    this.source = props.source;
    this.worker = props.worker;
    this.consumer = props.source.consumedBy(props.worker, {
      idempotent: true,
      name: props.consumerName,
      // A change is not lost when the worker comes a little later than the store.
      startAt: StartAt.TRIM_HORIZON,
      batchSize: props.batchSize,
      batchWindow: props.batchWindow,
      parallelization: props.parallelization,
      maxAttempts: props.maxAttempts ?? 10_000,
      maxLag: props.maxLag ?? Duration.minutes(1),
    });
    // The worker may send to it already, since Lambda does so in its name; its own code needs the address, and a way there.
    props.worker.network?.reach('sqs', props.worker);
    props.worker.addEnvironment(environmentName(this, 'DEAD_LETTERS_URL'), this.consumer.deadLetterQueue.queueUrl);
    this.refuseHalfImages();
  }

  /**
   * Carries the changes into a sink, in this order for several of them.
   *
   * @param options the name under which the code of the worker finds the sink
   * @throws RuleError when changes are carried into it already
   */
  public into(sink: IBackingService, options?: UseOptions): void {
    if (typeof sink?.attach !== 'function') {
      refuse(this, 'ChangeDataCapture.NoSink', 'into() without a backing service', 'a SearchIndex, or another IBackingService');
    }
    if (this.sinks.some((known) => known.sink === sink)) {
      refuse(this, 'ChangeDataCapture.SinkTaken', `${sink.node.path} a second time`, 'each sink once');
    }
    this.sinks.push({ sink, options });
    this.worker.use(sink, Access.READ_WRITE, options);
    recordWire(this.worker, sink, 'documents');
    this.reindexers.forEach((reindexer) => reindexer.use(sink, Access.READ_WRITE, options));
  }

  /**
   * Lets compute make the sinks anew from the whole store; its code is a `reindexHandler` of `cdk-system-blueprints/runtime`,
   * which finds the store in `<NAME>_TABLE_NAME`.
   *
   * @param options the name under which its code finds the store
   */
  public reindexedBy(reindexer: ICompute, options?: UseOptions): void {
    this.reindexers.push(reindexer);
    reindexer.use(this.source, Access.READ, options);
    this.sinks.forEach(({ sink, options: named }) => reindexer.use(sink, Access.READ_WRITE, named));
    recordWire(this.source, reindexer, 'all items');
  }

  /** How far the sinks are behind, in milliseconds; maximum over a minute unless told otherwise. */
  public metricLag(options?: MetricOptions): IMetric {
    return this.consumer.metricAge(options);
  }

  /** Batches of changes that failed every attempt; maximum over five minutes unless told otherwise. */
  public metricDeadLetters(options?: MetricOptions): Metric {
    return this.consumer.metricDeadLetters(options);
  }

  /** What a deleted item was, and under which id it was found, only its old image tells. */
  private refuseHalfImages(): void {
    const resource = this.source.table.node.defaultChild as CfnGlobalTable | undefined;
    const stream: unknown = Stack.of(this).resolve(resource?.streamSpecification);
    const view = (stream as CfnGlobalTable.StreamSpecificationProperty | undefined)?.streamViewType;
    if (view !== undefined && view !== StreamViewType.NEW_AND_OLD_IMAGES) {
      refuse(this, 'ChangeDataCapture.HalfImages', `a store with a stream of ${view}`, 'stream: StreamViewType.NEW_AND_OLD_IMAGES, or none');
    }
  }
}
