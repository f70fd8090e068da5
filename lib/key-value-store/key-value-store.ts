import { type Duration, Stack, Token, Validations } from 'aws-cdk-lib';
import { ComparisonOperator, type IMetric, MathExpression, type Metric, type MetricOptions, Stats, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import {
  AttributeType, Billing, type CfnGlobalTable, type ITable, MultiRegionConsistency, StreamViewType, type TableEncryptionV2,
  type TableOptionsV2, TableV2,
} from 'aws-cdk-lib/aws-dynamodb';
import type { Grant, IGrantable, PolicyDocument } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { acknowledge, wildcardBelow } from '../core/acknowledge';
import { alarmWhenGuarded } from '../core/alarms';
import { Profile } from '../core/profile';
import { enforce, refuse } from '../core/rules';
import type { IStreamWorker } from '../core/stream-worker';
import type { Sizing, TrafficEstimate } from '../core/traffic-estimate';
import { type Access, environmentName, type IBackingService, type ICompute, reads, type UseOptions, writes } from '../core/wiring';
import { type AccessPattern, indexFor } from './access-pattern';
import { ChangeConsumer, type ChangeConsumerOptions, type IChangeConsumer } from './change-consumer';
import { CHANGE_CONSUMER_RULES, KEY_VALUE_STORE_RULES } from './key-value-store-rules';
import { ceilingsFor } from './sizing';

const READ_ACTIONS = [
  'dynamodb:BatchGetItem', 'dynamodb:ConditionCheckItem', 'dynamodb:DescribeTable', 'dynamodb:GetItem', 'dynamodb:Query', 'dynamodb:Scan',
];
const WRITE_ACTIONS = [
  'dynamodb:BatchWriteItem', 'dynamodb:DeleteItem', 'dynamodb:DescribeTable', 'dynamodb:PutItem', 'dynamodb:UpdateItem',
];
/** What DynamoDB does with a customer's key in the name of the caller (Developer Guide, "Encryption at rest: usage notes"). */
const KEY_READ_ACTIONS = ['kms:Decrypt', 'kms:DescribeKey'];
const KEY_WRITE_ACTIONS = [
  ...KEY_READ_ACTIONS, 'kms:Encrypt', 'kms:GenerateDataKey', 'kms:GenerateDataKeyWithoutPlaintext', 'kms:ReEncryptFrom', 'kms:ReEncryptTo',
];

/** How soon what is written in one region is read in another. */
export enum ReplicaConsistency {
  /** Within seconds, the last writer wins. Every region takes writes, also when the others are gone. */
  EVENTUAL = 'eventual',
  /** At once: strongly consistent reads see the last write of any region. Three regions, and writes that take longer. */
  STRONG = 'strong',
}

/** What a KeyValueStore holds. */
export interface KeyValueStoreProps {
  /**
   * The attribute that identifies an item and spreads items over partitions, 1 to 255 bytes.
   * @default - none; required unless `table` adopts an existing one
   */
  readonly partitionKey?: string;
  /**
   * The type of the partition key.
   * @default AttributeType.STRING
   */
  readonly partitionKeyType?: AttributeType;
  /**
   * The attribute that orders the items of one partition key, 1 to 255 bytes.
   * @default - one item for each partition key
   */
  readonly sortKey?: string;
  /**
   * The type of the sort key.
   * @default AttributeType.STRING
   */
  readonly sortKeyType?: AttributeType;
  /**
   * The attribute that holds the second of the epoch after which an item expires. Deletion follows within days, so
   * readers must look at it too.
   * @default - items do not expire
   */
  readonly timeToLive?: string;
  /**
   * Further ways to ask for items, each a global secondary index; at most 20. They are eventually consistent.
   * @default - by key only
   */
  readonly accessPatterns?: AccessPattern[];
  /**
   * What the store has to carry. Ceilings of on-demand capacity follow from it, so that a runaway client costs no fortune.
   * @default - not known: no ceilings
   */
  readonly traffic?: TrafficEstimate;
  /**
   * Capacity, for example `Billing.onDemand({ maxWriteRequestUnits: 100 })`, or `Billing.provisioned` with
   * `Capacity.autoscaled`.
   * @default - on demand: pay per request, no capacity to plan; with ceilings when traffic is known
   */
  readonly billing?: Billing;
  /**
   * The key that encrypts data at rest.
   * @default - a key that DynamoDB owns, at no cost
   */
  readonly encryption?: TableEncryptionV2;
  /**
   * What the stream of changes shows of an item.
   * @default - no stream; before and after, once something consumes it
   */
  readonly stream?: StreamViewType;
  /**
   * Further regions that hold the same items and take reads and writes: `eu-west-1`.
   * @default - the region of the stack only
   */
  readonly replicas?: string[];
  /**
   * How soon the regions agree.
   * @default ReplicaConsistency.EVENTUAL
   */
  readonly consistency?: ReplicaConsistency;
  /**
   * In place of the third region of a strongly consistent store: one that only votes, holds nothing that can be read, and
   * costs less.
   * @default - two replicas
   */
  readonly witnessRegion?: string;
  /**
   * How far back items can be recovered under PRODUCTION, in whole days, 1 to 35.
   * @default Duration.days(35)
   */
  readonly recoveryPeriod?: Duration;
  /**
   * Tells which keys are asked for most and which are throttled (CloudWatch Contributor Insights), at a price per event.
   * @default false
   */
  readonly findHotKeys?: boolean;
  /**
   * Who else may use the table, for example another account.
   * @default - nobody but those who are granted it
   */
  readonly resourcePolicy?: PolicyDocument;
  /**
   * The data may be deleted with the stack. Honoured under SANDBOX only.
   * @default false
   */
  readonly disposable?: boolean;
  /**
   * Anything else of the inner table, applied last.
   * @default - nothing else
   */
  readonly tableProps?: TableOptionsV2;
  /**
   * An existing table to adopt. Nothing is created, and props that would shape a new table are refused.
   * @default - a new table
   */
  readonly table?: ITable;
}

/**
 * Items found by their key in single-digit milliseconds at any scale: an Amazon DynamoDB table, on demand, encrypted,
 * with point-in-time recovery and deletion protection under PRODUCTION.
 */
export class KeyValueStore extends Construct implements IBackingService {
  /** The table itself. */
  public readonly table: ITable;
  /** The sizes that follow from the traffic estimate, with their arithmetic; empty without one. */
  public readonly sizing: Sizing[] = [];

  private readonly disposable?: boolean;
  private readonly stream?: StreamViewType;
  private readonly indexed: boolean;

  /** @throws RuleError when the props break a rule of this concept; all of them are named at once */
  constructor(scope: Construct, id: string, props: KeyValueStoreProps) {
    super(scope, id);
    enforce(this, KEY_VALUE_STORE_RULES, props);
    this.disposable = props.disposable;
    this.stream = props.stream;
    this.indexed = (props.accessPatterns?.length ?? 0) > 0;
    this.table = props.table ?? this.createTable(props);
    if (!props.table) {
      this.createAlarm();
    }
  }

  public attach(compute: ICompute, access: Access, options?: UseOptions): void {
    if (reads(access)) {
      this.grantRead(compute);
    }
    if (writes(access)) {
      this.grantWrite(compute);
    }
    compute.addEnvironment(environmentName(this, 'TABLE_NAME', options), this.table.tableName);
  }

  /**
   * Has compute read the changes of items, in order for each item, within a day. What fails every attempt is set aside. The
   * code answers with `changeConsumer` of `cdk-system-blueprints/runtime`.
   *
   * @throws RuleError when the options break a rule, the store has a consumer of that name, or an adopted table has no stream
   */
  public consumedBy(worker: IStreamWorker, options: ChangeConsumerOptions): IChangeConsumer {
    enforce(this, CHANGE_CONSUMER_RULES, options);
    const name = options.name ?? worker.node.id;
    const id = `Changes-${name}`;
    if (this.node.tryFindChild(id)) {
      refuse(this, 'KeyValueStore.ConsumerTaken', `a second consumer ${name}`, 'one consumer of each name; name the second: { name }');
    }
    const streamArn = this.streamArn();
    const consumers = this.node.children.filter((child) => child instanceof ChangeConsumer).length;
    if (consumers >= 2) {
      Validations.of(this).addWarning('cdk-system-blueprints:KeyValueStore.ManyConsumers',
        `${consumers + 1} consumers read one stream; more than two are throttled (Amazon DynamoDB Developer Guide, "DynamoDB Streams"): put an EventStream between`);
    }
    return new ChangeConsumer(this, id, { streamArn, name, worker, options, disposable: this.disposable });
  }

  /** Lets a principal read items, one by one and in ranges. */
  public grantRead(grantee: IGrantable) {
    return this.grant(grantee, READ_ACTIONS, KEY_READ_ACTIONS);
  }

  /** Lets a principal add, change and delete items. */
  public grantWrite(grantee: IGrantable) {
    return this.grant(grantee, WRITE_ACTIONS, KEY_WRITE_ACTIONS);
  }

  /** Reads and writes refused for lack of capacity, of a partition or the table; sum over five minutes unless told otherwise. */
  public metricThrottles(options?: MetricOptions): IMetric {
    const throttled = (event: string) => this.table.metric(event, { statistic: Stats.SUM, ...options });
    return new MathExpression({
      expression: 'reads + writes',
      usingMetrics: { reads: throttled('ReadThrottleEvents'), writes: throttled('WriteThrottleEvents') },
      label: 'Throttled reads and writes',
      period: options?.period,
    });
  }

  /** Read capacity units used; sum over five minutes unless told otherwise. */
  public metricConsumedReads(options?: MetricOptions): Metric {
    return this.table.metricConsumedReadCapacityUnits(options);
  }

  /** Write capacity units used; sum over five minutes unless told otherwise. */
  public metricConsumedWrites(options?: MetricOptions): Metric {
    return this.table.metricConsumedWriteCapacityUnits(options);
  }

  /** The table's own grants would add actions of its stream, which has another ARN, and wildcard actions on its key. */
  private grant(grantee: IGrantable, actions: string[], keyActions: string[]): Grant {
    this.acknowledgeIndexes(grantee);
    this.table.encryptionKey?.grant(grantee, ...keyActions);
    return this.table.grant(grantee, ...actions);
  }

  private createTable(props: KeyValueStoreProps): TableV2 {
    const profile = Profile.of(this);
    const table = new TableV2(this, 'Table', {
      partitionKey: { name: props.partitionKey!, type: props.partitionKeyType ?? AttributeType.STRING },
      sortKey: props.sortKey === undefined ? undefined : { name: props.sortKey, type: props.sortKeyType ?? AttributeType.STRING },
      timeToLiveAttribute: props.timeToLive,
      globalSecondaryIndexes: props.accessPatterns?.map(indexFor),
      billing: props.billing ?? this.billingFor(props.traffic),
      encryption: props.encryption,
      dynamoStream: props.stream,
      ...this.regions(props),
      pointInTimeRecoverySpecification: profile.guarded
        ? { pointInTimeRecoveryEnabled: true, recoveryPeriodInDays: props.recoveryPeriod?.toDays() }
        : undefined,
      contributorInsightsSpecification: props.findHotKeys ? { enabled: true } : undefined,
      resourcePolicy: props.resourcePolicy,
      deletionProtection: profile.guarded,
      removalPolicy: profile.dataRemoval(props.disposable),
      ...props.tableProps,
    });
    this.node.defaultChild = table;
    return table;
  }

  private billingFor(traffic?: TrafficEstimate): Billing {
    if (!traffic) {
      return Billing.onDemand();
    }
    const { reads: maxReads, writes: maxWrites } = ceilingsFor(traffic);
    this.sizing.push(maxReads, maxWrites);
    return Billing.onDemand({ maxReadRequestUnits: maxReads.value, maxWriteRequestUnits: maxWrites.value });
  }

  private regions({ replicas, consistency, witnessRegion }: KeyValueStoreProps) {
    if (!replicas) {
      return {};
    }
    const { region } = Stack.of(this);
    if (Token.isUnresolved(region) || replicas.includes(region)) {
      refuse(this, 'KeyValueStore.ReplicaRegion', Token.isUnresolved(region) ? 'replicas of a stack without a region' : `a replica in ${region}`,
        Token.isUnresolved(region) ? 'a stack with env: { region }: replicas are told apart from it' : 'other regions than that of the stack');
    }
    return {
      replicas: replicas.map((replica) => ({ region: replica })),
      multiRegionConsistency: consistency === ReplicaConsistency.STRONG ? MultiRegionConsistency.STRONG : undefined,
      witnessRegion,
    };
  }

  /** The stream of changes, which is switched on by whoever consumes it first. */
  private streamArn(): string {
    if (!(this.table instanceof TableV2)) {
      return this.table.tableStreamArn
        ?? refuse(this, 'KeyValueStore.NoStream', `the adopted table ${this.table.node.path} shows no stream`, 'a table that was imported with its tableStreamArn');
    }
    const resource = this.table.node.defaultChild as CfnGlobalTable;
    if (!this.stream) {
      resource.streamSpecification = { streamViewType: StreamViewType.NEW_AND_OLD_IMAGES };
    }
    return resource.attrStreamArn;
  }

  private createAlarm(): void {
    alarmWhenGuarded(this, 'ThrottlesAlarm', () => ({
      metric: this.metricThrottles(),
      threshold: 1,
      evaluationPeriods: 2,
      comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      treatMissingData: TreatMissingData.NOT_BREACHING,
      alarmDescription: 'Requests are refused: a hot key or a capacity ceiling.',
    }));
  }

  private acknowledgeIndexes(grantee: IGrantable): void {
    // The policy is a child of the principal, which need not be a child of the grantee.
    const { grantPrincipal } = grantee;
    if (this.indexed && Construct.isConstruct(grantPrincipal)) {
      acknowledge(grantPrincipal, {
        id: wildcardBelow(this.table, '/index/*'),
        reason: 'The indexes of the one table that this construct creates; a grant on a table covers its indexes.',
      });
    }
  }
}
