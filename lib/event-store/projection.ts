import { Duration } from 'aws-cdk-lib';
import type { IMetric, Metric, MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import type { ITable, TableEncryptionV2, TableOptionsV2 } from 'aws-cdk-lib/aws-dynamodb';
import type { Grant, IGrantable } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { enforce } from '../core/rules';
import type { IStreamWorker } from '../core/stream-worker';
import { Access, type IBackingService, type ICompute, type UseOptions } from '../core/wiring';
import { type IChangeConsumer, KeyValueStore } from '../key-value-store/index';
import { consumerName } from './consuming';
import type { EventStore } from './event-store';
import { PROJECTION_RULES } from './projection-rules';

/** What a Projection is made of, and how fast it follows. */
export interface ProjectionProps {
  /** Where the events are. */
  readonly store: EventStore;
  /**
   * What makes the view of them: a FunctionService, or other compute that can work a stream. Its code is a `changeConsumer` with
   * a `Projection`, both of `cdk-system-blueprints/runtime`.
   */
  readonly worker: IStreamWorker;
  /**
   * The most events handed over at once, 1 to 10,000.
   * @default 100
   */
  readonly batchSize?: number;
  /**
   * How long events are collected to fill a batch, 0 to 300 s.
   * @default - events are handed over as they come
   */
  readonly batchWindow?: Duration;
  /**
   * The most batches of one shard worked on at once, 1 to 10. Events of one stream stay in order.
   * @default 1
   */
  readonly parallelization?: number;
  /**
   * How often a batch is tried before it is set aside, 1 to 10,000. The view then lacks those events until the next event of
   * their stream, or a rebuild.
   * @default 10
   */
  readonly maxAttempts?: number;
  /**
   * How far the view may fall behind before its alarm goes off.
   * @default Duration.minutes(5)
   */
  readonly maxLag?: Duration;
  /**
   * The key that encrypts the view at rest.
   * @default - a key that DynamoDB owns, at no cost
   */
  readonly encryption?: TableEncryptionV2;
  /**
   * The view may be deleted with the stack, since it can be made again. Honoured under SANDBOX only.
   * @default true
   */
  readonly disposable?: boolean;
  /**
   * Anything else of the inner table, applied last.
   * @default - nothing else
   */
  readonly tableProps?: TableOptionsV2;
  /**
   * An existing table to adopt for the view, with the keys `pk` and `sk` (both text). Nothing is created, and props that would
   * shape a new table are refused.
   * @default - a new table
   */
  readonly table?: ITable;
}

/**
 * A view of the events of a store, made for reading: an Amazon DynamoDB table that a worker keeps up to date, each event with
 * effect once, and that can be made anew at any time.
 */
export class Projection extends Construct implements IBackingService {
  /** The rows of the view, and how far each stream is in it. */
  public readonly view: KeyValueStore;
  /** Its table. */
  public readonly table: ITable;
  /** How the worker reads the events. Batches that failed every attempt end in its dead-letter queue. */
  public readonly consumer: IChangeConsumer;

  /** @throws RuleError when the props break a rule of this concept; all of them are named at once */
  constructor(scope: Construct, id: string, props: ProjectionProps) {
    super(scope, id);
    enforce(this, PROJECTION_RULES, props);
    const { store, worker, table, encryption, tableProps, disposable = true } = props;
    this.view = new KeyValueStore(this, 'View', table ? { table } : {
      partitionKey: 'pk', sortKey: 'sk', encryption, tableProps, disposable,
    });
    this.table = this.view.table;
    this.node.defaultChild = this.view;
    worker.use(this, Access.READ_WRITE);
    worker.use(store, Access.READ);
    this.consumer = store.consumedBy(worker, {
      idempotent: true,
      name: consumerName(store, this),
      batchSize: props.batchSize,
      batchWindow: props.batchWindow,
      parallelization: props.parallelization,
      maxAttempts: props.maxAttempts ?? 10,
      maxLag: props.maxLag ?? Duration.minutes(5),
    });
  }

  /** Lets compute read the view, by `Access.READ`, or keep and rebuild it; it finds the table in `<NAME>_TABLE_NAME`. */
  public attach(compute: ICompute, access: Access, options: UseOptions = {}): void {
    this.view.attach(compute, access, { name: options.name ?? this.node.id });
  }

  /** Lets a principal read the view. */
  public grantRead(grantee: IGrantable): Grant {
    return this.view.grantRead(grantee);
  }

  /** How far the view is behind, in milliseconds; maximum over a minute unless told otherwise. */
  public metricLag(options?: MetricOptions): IMetric {
    return this.consumer.metricAge(options);
  }

  /** Batches of events that failed every attempt; maximum over five minutes unless told otherwise. */
  public metricDeadLetters(options?: MetricOptions): Metric {
    return this.consumer.metricDeadLetters(options);
  }
}
