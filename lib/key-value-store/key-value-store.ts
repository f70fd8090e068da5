import { ComparisonOperator, type IMetric, MathExpression, type Metric, type MetricOptions, Stats, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import {
  AttributeType, Billing, type GlobalSecondaryIndexPropsV2, type ITable, type StreamViewType, type TableEncryptionV2,
  type TableOptionsV2, TableV2,
} from 'aws-cdk-lib/aws-dynamodb';
import type { Grant, IGrantable } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { acknowledge, wildcardBelow } from '../core/acknowledge';
import { alarmWhenGuarded } from '../core/alarms';
import { Profile } from '../core/profile';
import { enforce } from '../core/rules';
import { type Access, environmentName, type IBackingService, type ICompute, reads, type UseOptions, writes } from '../core/wiring';
import { KEY_VALUE_STORE_RULES } from './key-value-store-rules';

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
   * Further access patterns: global secondary indexes.
   * @default - by key only
   */
  readonly indexes?: GlobalSecondaryIndexPropsV2[];
  /**
   * Capacity.
   * @default - on demand: pay per request, no capacity to plan
   */
  readonly billing?: Billing;
  /**
   * The key that encrypts data at rest.
   * @default - a key that DynamoDB owns, at no cost
   */
  readonly encryption?: TableEncryptionV2;
  /**
   * Emits every change of an item as a stream.
   * @default - no stream
   */
  readonly stream?: StreamViewType;
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

  private readonly indexed: boolean;

  /** @throws RuleError when the props break a rule of this concept; all of them are named at once */
  constructor(scope: Construct, id: string, props: KeyValueStoreProps) {
    super(scope, id);
    enforce(this, KEY_VALUE_STORE_RULES, props);
    this.indexed = (props.indexes?.length ?? 0) > 0;
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
      globalSecondaryIndexes: props.indexes,
      billing: props.billing ?? Billing.onDemand(),
      encryption: props.encryption,
      dynamoStream: props.stream,
      pointInTimeRecoverySpecification: profile.guarded ? { pointInTimeRecoveryEnabled: true } : undefined,
      deletionProtection: profile.guarded,
      removalPolicy: profile.dataRemoval(props.disposable),
      ...props.tableProps,
    });
    this.node.defaultChild = table;
    return table;
  }

  private createAlarm(): void {
    alarmWhenGuarded(this, 'ThrottlesAlarm', {
      metric: this.metricThrottles(),
      threshold: 1,
      evaluationPeriods: 2,
      comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      treatMissingData: TreatMissingData.NOT_BREACHING,
      alarmDescription: 'Requests are refused: a hot key or a capacity ceiling.',
    });
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
