import type { Duration } from 'aws-cdk-lib';
import type { IMetric, MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import { AttributeType, type ITable, StreamViewType, type TableEncryptionV2, type TableOptionsV2 } from 'aws-cdk-lib/aws-dynamodb';
import type { Grant, IGrantable } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { enforce } from '../core/rules';
import { type IStreamWorker, StartAt } from '../core/stream-worker';
import type { TrafficEstimate } from '../core/traffic-estimate';
import { Access, environmentName, type IBackingService, type ICompute, reads, type UseOptions, writes } from '../core/wiring';
import { type ChangeConsumerOptions, type IChangeConsumer, KeyValueStore } from '../key-value-store/index';
import { EventArchive, type EventArchiveOptions, type IEventArchive } from './event-archive';
import { EVENT_STORE_RULES } from './event-store-rules';
import { APPENDED, consumerName } from './consuming';

/** What an appender does: it looks where a stream is and puts what comes next. It never updates and never deletes. */
const APPEND_ACTIONS = ['dynamodb:ConditionCheckItem', 'dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:Query'];
/** What DynamoDB does with a customer's key in the name of an appender (Developer Guide, "Encryption at rest: usage notes"). */
const APPEND_KEY_ACTIONS = ['kms:Decrypt', 'kms:DescribeKey', 'kms:Encrypt', 'kms:GenerateDataKey', 'kms:ReEncryptFrom', 'kms:ReEncryptTo'];

/** What an EventStore keeps. */
export interface EventStoreProps {
  /**
   * Copies every event to an object store, as a history that the code which appends cannot reach.
   * @default - no copy
   */
  readonly archive?: EventArchiveOptions;
  /**
   * What the store has to carry. Ceilings of on-demand capacity follow from it, so that a runaway client costs no fortune.
   * @default - not known: no ceilings
   */
  readonly traffic?: TrafficEstimate;
  /**
   * The key that encrypts data at rest.
   * @default - a key that DynamoDB owns, at no cost
   */
  readonly encryption?: TableEncryptionV2;
  /**
   * How far back the table can be recovered under PRODUCTION, in whole days, 1 to 35.
   * @default Duration.days(35)
   */
  readonly recoveryPeriod?: Duration;
  /**
   * The events may be deleted with the stack. Honoured under SANDBOX only.
   * @default false
   */
  readonly disposable?: boolean;
  /**
   * Anything else of the inner table, applied last.
   * @default - nothing else
   */
  readonly tableProps?: TableOptionsV2;
  /**
   * An existing table to adopt, with the keys `stream` (text) and `version` (number), and a stream of changes that shows new
   * images if anything consumes it. Nothing is created, and props that would shape a new table are refused.
   * @default - a new table
   */
  readonly table?: ITable;
}

/**
 * Streams of events that are appended and never changed: an Amazon DynamoDB table in which versions of a stream have no gap,
 * since each is put only where nothing is yet.
 */
export class EventStore extends Construct implements IBackingService {
  /** Where the events are, by `stream` and `version`. */
  public readonly events: KeyValueStore;
  /** Its table. */
  public readonly table: ITable;
  /** The copy of every event; undefined without one. */
  public readonly archive?: IEventArchive;

  /** @throws RuleError when the props break a rule of this concept; all of them are named at once */
  constructor(scope: Construct, id: string, props: EventStoreProps = {}) {
    super(scope, id);
    enforce(this, EVENT_STORE_RULES, props);
    const { archive, table, ...shape } = props;
    this.events = new KeyValueStore(this, 'Events', table ? { table } : {
      partitionKey: 'stream',
      sortKey: 'version',
      sortKeyType: AttributeType.NUMBER,
      // Nothing changes: what an event was before it was is of no interest.
      stream: StreamViewType.NEW_IMAGE,
      ...shape,
    });
    this.table = this.events.table;
    this.node.defaultChild = this.events;
    if (archive) {
      this.archive = new EventArchive(this, 'Archive', { events: this.events, options: archive, disposable: props.disposable });
    }
  }

  /**
   * Gives compute the permission to read events, to append them or both; it finds the table in `<NAME>_TABLE_NAME`. Whoever
   * appends may also read streams, since it has to know where they are.
   */
  public attach(compute: ICompute, access: Access, options: UseOptions = {}): void {
    if (reads(access)) {
      this.events.attach(compute, Access.READ, { name: options.name ?? this.node.id });
    }
    if (writes(access)) {
      this.grantAppend(compute);
      compute.addEnvironment(environmentName(this, 'TABLE_NAME', options), this.table.tableName);
    }
  }

  /**
   * Has compute read new events, in order for each stream, at least once and within a day.
   * The code answers with `changeConsumer` of `cdk-system-blueprints/runtime`. A Projection does so for a view.
   *
   * @throws RuleError when the options break a rule, the store has a consumer of that name, or an adopted table has no stream
   */
  public consumedBy(worker: IStreamWorker, options: ChangeConsumerOptions): IChangeConsumer {
    // An event is not lost when the consumer comes a little later than the store.
    const name = consumerName(this, worker);
    return this.events.consumedBy(worker, { name, startAt: StartAt.TRIM_HORIZON, filters: APPENDED, ...options });
  }

  /** Lets a principal read events: of one stream, or of all. */
  public grantRead(grantee: IGrantable): Grant {
    return this.events.grantRead(grantee);
  }

  /** Lets a principal append events, for which it also reads streams. It may neither update nor delete. */
  public grantAppend(grantee: IGrantable): Grant {
    this.table.encryptionKey?.grant(grantee, ...APPEND_KEY_ACTIONS);
    return this.table.grant(grantee, ...APPEND_ACTIONS);
  }

  /** Reads and appends refused for lack of capacity, of a stream or the table; sum over five minutes unless told otherwise. */
  public metricThrottles(options?: MetricOptions): IMetric {
    return this.events.metricThrottles(options);
  }
}
