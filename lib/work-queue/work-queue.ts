import { Duration, Validations } from 'aws-cdk-lib';
import { ComparisonOperator, type IMetric, MathExpression, type Metric, type MetricOptions, Stats, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import type { IRuleTarget } from 'aws-cdk-lib/aws-events';
import { SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import type { IGrantable } from 'aws-cdk-lib/aws-iam';
import {
  type CfnQueue, DeduplicationScope, FifoThroughputLimit, type IQueue, Queue, QueueEncryption,
} from 'aws-cdk-lib/aws-sqs';
import { Construct, type IConstruct } from 'constructs';
import { acknowledge } from '../core/acknowledge';
import { alarmWhenAbove, alarmWhenGuarded } from '../core/alarms';
import type { IEventTarget } from '../core/event-target';
import { Profile } from '../core/profile';
import type { IQueueWorker } from '../core/queue-worker';
import { enforce, refuse } from '../core/rules';
import type { Sizing } from '../core/traffic-estimate';
import { recordWire } from '../core/wires';
import { type Access, environmentName, type IBackingService, type ICompute, reads, type UseOptions } from '../core/wiring';
import type { ConsumerOptions } from './consumer-options';
import { completeRetryPolicy, type RetryPolicy } from './retry-policy';
import { concurrencyForDrainRate, concurrencyForTraffic, depthForTraffic } from './sizing';
import type { WorkQueueProps } from './work-queue-props';
import { CONSUMER_RULES, ORDERED_CONSUMER_RULES, WORK_QUEUE_RULES } from './work-queue-rules';

/** The longest that SQS hides a message. */
const TWELVE_HOURS = 12 * 60 * 60;

/**
 * A buffer between producers and consumers: Amazon SQS with retries, a dead-letter queue and alarms. Delivery is at
 * least once, so a consumer must be idempotent; in no order, unless `orderBy` says by what.
 */
export class WorkQueue extends Construct implements IBackingService, IEventTarget {
  /** The queue itself. */
  public readonly queue: IQueue;
  /** Where messages go that failed every attempt. */
  public readonly deadLetterQueue: IQueue;
  /** How failed messages are retried, with nothing left open. */
  public readonly retry: RetryPolicy;
  /** The sizes that follow from traffic and drain rates, with their arithmetic. */
  public readonly sizing: Sizing[] = [];

  private readonly props: WorkQueueProps;
  private readonly resource?: CfnQueue;
  private readonly givenVisibility?: Duration;
  private neededVisibility = 0;

  /** @throws RuleError when the props break a rule of this concept; all of them are named at once */
  constructor(scope: Construct, id: string, props: WorkQueueProps = {}) {
    super(scope, id);
    enforce(this, WORK_QUEUE_RULES, props);
    this.props = props;
    this.retry = completeRetryPolicy(props.retry);
    if (props.queue && props.deadLetterQueue) {
      this.queue = props.queue;
      this.deadLetterQueue = props.deadLetterQueue;
      return;
    }
    this.givenVisibility = props.visibilityTimeout;
    this.deadLetterQueue = this.createDeadLetterQueue(props);
    this.queue = this.createQueue(props);
    this.resource = this.queue.node.defaultChild as CfnQueue;
    this.node.defaultChild = this.queue;
    this.createAlarms(props.maxMessageAge ?? Duration.minutes(15));
  }

  /** Whether messages keep their order: the queue is a FIFO queue. */
  public get ordered(): boolean {
    return this.queue.fifo;
  }

  /**
   * Lets compute put messages into the queue; it finds the address in `<NAME>_QUEUE_URL`, and in `<NAME>_ORDER_BY` or
   * `<NAME>_FAIR_BY` which attribute groups messages. The code sends with `queueProducer` of the runtime.
   *
   * @throws RuleError for `Access.READ`: consumers are wired by `consumedBy`, which also sets retries and concurrency
   */
  public attach(compute: ICompute, access: Access, options?: UseOptions): void {
    if (reads(access)) {
      refuse(this, 'WorkQueue.ReadByUse', `use(queue, ${access}) by ${compute.node.path}`,
        'Access.WRITE to produce; queue.consumedBy(worker) to consume');
    }
    this.grantProduce(compute);
    compute.network?.reach('sqs', compute);
    compute.addEnvironment(environmentName(this, 'QUEUE_URL', options), this.queue.queueUrl);
    const { orderBy, fairBy } = this.props;
    if (orderBy) {
      compute.addEnvironment(environmentName(this, 'ORDER_BY', options), orderBy);
    }
    if (fairBy) {
      compute.addEnvironment(environmentName(this, 'FAIR_BY', options), fairBy);
    }
  }

  /**
   * Has compute work the queue: permission, batches with partial failures, bounded concurrency, and the retry policy
   * in `<NAME>_RETRY`: attempts, first and longest delay in seconds, `5,1,900`. The code answers with `queueConsumer` of
   * `cdk-system-blueprints/runtime`, which carries the retries out.
   *
   * @throws RuleError when the options break a rule, or the visibility timeout is too short for the worker
   */
  public consumedBy(worker: IQueueWorker, options: ConsumerOptions): IConstruct {
    enforce(this, this.ordered ? [...CONSUMER_RULES, ...ORDERED_CONSUMER_RULES] : CONSUMER_RULES, options);
    recordWire(this, worker, 'messages');
    worker.network?.reach('sqs', worker);
    this.hideWhileWorkedOn(worker, options);
    this.grantConsume(worker);
    const variable = (setting: string) => environmentName(this, setting, { name: options.name });
    worker.addEnvironment(variable('QUEUE_URL'), this.queue.queueUrl);
    const { maxAttempts, firstDelay, maxDelay } = this.retry;
    worker.addEnvironment(variable('RETRY'), [maxAttempts, firstDelay?.toSeconds(), maxDelay?.toSeconds()].join(','));
    const metricBacklog = () => this.metricBacklog();
    return worker.workQueue({
      queue: this.queue,
      name: options.name ?? this.node.id,
      batchSize: this.batchSizeOf(options),
      batchWindow: options.batchWindow,
      maxConcurrency: this.concurrencyOf(options),
      // Built only for who looks at it.
      get backlog() {
        return metricBacklog();
      },
    });
  }

  /** The way an event rule puts events into the queue. What cannot be delivered goes to the dead letters. */
  public eventTarget(): IRuleTarget {
    return new SqsQueue(this.queue, { deadLetterQueue: this.deadLetterQueue });
  }

  /** Lets a principal put messages into the queue. */
  public grantProduce(grantee: IGrantable) {
    this.queue.encryptionMasterKey?.grant(grantee, 'kms:Decrypt', 'kms:GenerateDataKey');
    return this.queue.grant(grantee, 'sqs:GetQueueAttributes', 'sqs:GetQueueUrl', 'sqs:SendMessage');
  }

  /** Lets a principal take messages from the queue, hide and delete them. */
  public grantConsume(grantee: IGrantable) {
    return this.queue.grantConsumeMessages(grantee);
  }

  /** Messages that wait; maximum over five minutes unless told otherwise. */
  public metricDepth(options?: MetricOptions): Metric {
    return this.queue.metricApproximateNumberOfMessagesVisible({ statistic: Stats.MAXIMUM, ...options });
  }

  /** Messages that wait or are being worked on; the most over five minutes unless told otherwise. */
  public metricBacklog(options?: MetricOptions): IMetric {
    const { period, ...each } = { statistic: Stats.MAXIMUM, ...options };
    return new MathExpression({
      expression: 'waiting + worked',
      usingMetrics: {
        waiting: this.queue.metricApproximateNumberOfMessagesVisible(each),
        worked: this.queue.metricApproximateNumberOfMessagesNotVisible(each),
      },
      label: 'Messages not yet done',
      period,
    });
  }

  /** The age of the oldest message in seconds; maximum over five minutes unless told otherwise. */
  public metricOldestMessageAge(options?: MetricOptions): Metric {
    return this.queue.metricApproximateAgeOfOldestMessage({ statistic: Stats.MAXIMUM, ...options });
  }

  /** Messages that failed every attempt and wait for somebody; maximum over five minutes unless told otherwise. */
  public metricDeadLetters(options?: MetricOptions): Metric {
    return this.deadLetterQueue.metricApproximateNumberOfMessagesVisible({ statistic: Stats.MAXIMUM, ...options });
  }

  private batchSizeOf({ batchSize }: ConsumerOptions): number {
    return batchSize ?? (this.ordered ? 1 : 10);
  }

  private concurrencyOf(options: ConsumerOptions): number {
    const { maxConcurrency, drainRate, timePerMessage } = options;
    const { traffic } = this.props;
    const inHand = { batchSize: this.batchSizeOf(options), ordered: this.ordered };
    if (maxConcurrency !== undefined || !timePerMessage || (drainRate === undefined && !traffic)) {
      return maxConcurrency ?? 10;
    }
    const sizing = drainRate === undefined
      ? concurrencyForTraffic(traffic!, timePerMessage, inHand)
      : concurrencyForDrainRate(drainRate, timePerMessage, inHand);
    this.sizing.push(sizing);
    return sizing.value;
  }

  private createDeadLetterQueue(props: WorkQueueProps): Queue {
    const deadLetterQueue = new Queue(this, 'DeadLetterQueue', {
      retentionPeriod: Duration.days(14),
      ...this.safety(props),
      fifo: props.orderBy === undefined ? undefined : true,
    });
    acknowledge(deadLetterQueue.node.defaultChild as Construct,
      { id: 'Serverless-SQSRedrivePolicy', reason: 'It is the dead-letter queue of the queue beside it.' });
    return deadLetterQueue;
  }

  private createQueue(props: WorkQueueProps): Queue {
    return new Queue(this, 'Queue', {
      ...this.safety(props),
      // Without it SQS keeps messages for four days.
      retentionPeriod: props.retention,
      visibilityTimeout: props.visibilityTimeout,
      deliveryDelay: props.delay,
      ...props.orderBy !== undefined && {
        fifo: true,
        contentBasedDeduplication: props.deduplicateByContent ?? false,
        deduplicationScope: DeduplicationScope.MESSAGE_GROUP,
        fifoThroughputLimit: FifoThroughputLimit.PER_MESSAGE_GROUP_ID,
      },
      deadLetterQueue: { queue: this.deadLetterQueue, maxReceiveCount: this.retry.maxAttempts! },
      ...props.queueProps,
    });
  }

  private safety(props: WorkQueueProps) {
    return {
      encryption: props.encryptionKey ? QueueEncryption.KMS : QueueEncryption.SQS_MANAGED,
      encryptionMasterKey: props.encryptionKey,
      enforceSSL: true,
      removalPolicy: Profile.of(this).dataRemoval(props.disposable),
    };
  }

  /** A message must stay hidden for as long as its batch may take, by what the worker says of itself. */
  private hideWhileWorkedOn(worker: IQueueWorker, { batchWindow }: ConsumerOptions): void {
    if (worker.timeout === undefined || worker.timeout.isUnresolved()) {
      Validations.of(this).addWarning('cdk-system-blueprints:WorkQueue.UnknownWorkerTimeout',
        `the timeout of ${worker.node.path} is not known here, so 15 min are assumed for the visibility timeout`);
    }
    const needed = Math.min(TWELVE_HOURS,
      worker.visibilityFactor * secondsOr(900, worker.timeout) + (batchWindow ? secondsOr(300, batchWindow) : 0));
    if (this.givenVisibility && !this.givenVisibility.isUnresolved() && this.givenVisibility.toSeconds() < needed) {
      refuse(this, 'WorkQueue.VisibilityBelowWork', `visibilityTimeout is ${this.givenVisibility.toSeconds()} s`,
        `at least ${needed} s: ${worker.visibilityFactor} x the timeout of ${worker.node.path} plus the batch window`);
    }
    this.neededVisibility = Math.max(this.neededVisibility, needed);
    if (this.resource && !this.givenVisibility) {
      this.resource.visibilityTimeout = this.neededVisibility;
    }
  }

  private createAlarms(maxMessageAge: Duration): void {
    alarmWhenGuarded(this, 'DeadLettersAlarm', () => ({
      metric: this.metricDeadLetters(),
      threshold: 1,
      evaluationPeriods: 1,
      comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      treatMissingData: TreatMissingData.NOT_BREACHING,
      alarmDescription: 'Messages failed every attempt: look at them, fix the cause, redrive them within 14 days.',
    }));
    alarmWhenAbove(this, 'OldestMessageAlarm', () => ({
      metric: this.metricOldestMessageAge(),
      threshold: maxMessageAge.toSeconds(),
      alarmDescription: 'Consumers do not keep up with producers.',
    }));
    const maxDepth = this.maxDepthFor(maxMessageAge);
    if (maxDepth !== undefined) {
      alarmWhenAbove(this, 'DepthAlarm', () => ({
        metric: this.metricDepth(),
        threshold: maxDepth,
        alarmDescription: 'More messages wait than consumers can work off in time.',
      }));
    }
  }

  private maxDepthFor(maxMessageAge: Duration): number | undefined {
    const { maxDepth, traffic } = this.props;
    if (maxDepth !== undefined || !traffic || maxMessageAge.isUnresolved()) {
      return maxDepth;
    }
    const sizing = depthForTraffic(traffic, maxMessageAge);
    this.sizing.push(sizing);
    return sizing.value;
  }
}

/** A duration in seconds, or the most it can be where that is known only at deployment. */
function secondsOr(most: number, duration?: Duration): number {
  return duration === undefined || duration.isUnresolved() ? most : duration.toSeconds();
}
