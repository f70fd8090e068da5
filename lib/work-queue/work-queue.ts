import { Duration, Validations } from 'aws-cdk-lib';
import { ComparisonOperator, type IMetric, MathExpression, type Metric, type MetricOptions, Stats, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import type { IGrantable } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { type CfnQueue, type IQueue, Queue, QueueEncryption, type QueueProps } from 'aws-cdk-lib/aws-sqs';
import { Construct, type IConstruct } from 'constructs';
import { acknowledge } from '../core/acknowledge';
import { alarmWhenGuarded } from '../core/alarms';
import { Profile } from '../core/profile';
import type { IQueueWorker } from '../core/queue-worker';
import { enforce, refuse } from '../core/rules';
import { type Access, environmentName, type IBackingService, type ICompute, reads, type UseOptions } from '../core/wiring';
import { completeRetryPolicy, type RetryPolicy } from './retry-policy';
import { CONSUMER_RULES, WORK_QUEUE_RULES } from './work-queue-rules';

/** What a WorkQueue promises to its producers. */
export interface WorkQueueProps {
  /**
   * How a failed message is retried before it is set aside in the dead-letter queue.
   * @default - 5 attempts, exponential backoff from 1 s to 15 min with full jitter
   */
  readonly retry?: RetryPolicy;
  /**
   * How long a message waits for a consumer before it is lost, 1 min to 14 days. Dead letters are kept for 14 days.
   * @default Duration.days(4)
   */
  readonly retention?: Duration;
  /**
   * How long a message stays hidden while it is worked on. After a crash this is how long it takes to come back.
   * @default - six times the consumer's timeout plus its batch window, which is also the least that is accepted
   */
  readonly visibilityTimeout?: Duration;
  /**
   * The age of the oldest message above which the backlog alarm goes off.
   * @default Duration.minutes(15)
   */
  readonly maxMessageAge?: Duration;
  /**
   * The key that encrypts messages.
   * @default - a key that SQS owns, at no cost
   */
  readonly encryptionKey?: IKey;
  /**
   * The messages may be deleted with the stack. Honoured under SANDBOX only.
   * @default false
   */
  readonly disposable?: boolean;
  /**
   * Anything else of the inner queue, applied last.
   * @default - nothing else
   */
  readonly queueProps?: QueueProps;
  /**
   * An existing queue to adopt. Nothing is created, and props that would shape a new queue are refused.
   * @default - a new queue
   */
  readonly queue?: IQueue;
  /**
   * The dead-letter queue of the adopted queue.
   * @default - a new queue
   */
  readonly deadLetterQueue?: IQueue;
}

/** How a consumer takes messages from a WorkQueue. */
export interface ConsumerOptions {
  /**
   * The most messages handed over at once, 1 to 10; up to 10,000 with a batch window.
   * @default 10
   */
  readonly batchSize?: number;
  /**
   * How long messages are collected to fill a batch, 0 to 300 s.
   * @default - messages are handed over as they come
   */
  readonly batchWindow?: Duration;
  /**
   * The most batches worked on at once, 2 to 1000. It protects what the consumer calls.
   * @default 10
   */
  readonly maxConcurrency?: number;
  /**
   * The name under which the code finds the queue.
   * @default - the construct id of the queue
   */
  readonly name?: string;
}

/**
 * A buffer between producers and consumers: Amazon SQS with retries, a dead-letter queue and alarms. Delivery is at
 * least once and in no order, so a consumer must be idempotent.
 */
export class WorkQueue extends Construct implements IBackingService {
  /** The queue itself. */
  public readonly queue: IQueue;
  /** Where messages go that failed every attempt. */
  public readonly deadLetterQueue: IQueue;
  /** How failed messages are retried, with nothing left open. */
  public readonly retry: RetryPolicy;

  private readonly resource?: CfnQueue;
  private readonly givenVisibility?: Duration;
  private neededVisibility = 0;

  /** @throws RuleError when the props break a rule of this concept; all of them are named at once */
  constructor(scope: Construct, id: string, props: WorkQueueProps = {}) {
    super(scope, id);
    enforce(this, WORK_QUEUE_RULES, props);
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

  /**
   * Lets compute put messages into the queue; it finds the address in `<NAME>_QUEUE_URL`.
   *
   * @throws RuleError for `Access.READ`: consumers are wired by `consumedBy`, which also sets retries and concurrency
   */
  public attach(compute: ICompute, access: Access, options?: UseOptions): void {
    if (reads(access)) {
      refuse(this, 'WorkQueue.ReadByUse', `use(queue, ${access}) by ${compute.node.path}`,
        'Access.WRITE to produce; queue.consumedBy(worker) to consume');
    }
    this.grantProduce(compute);
    compute.addEnvironment(environmentName(this, 'QUEUE_URL', options), this.queue.queueUrl);
  }

  /**
   * Has compute work the queue: permission, batches with partial failures, bounded concurrency, and the retry policy
   * in `<NAME>_RETRY_MAX_ATTEMPTS`, `<NAME>_RETRY_FIRST_DELAY_SECONDS` and `<NAME>_RETRY_MAX_DELAY_SECONDS`. The code
   * answers with `queueConsumer` of `cdk-system-blueprints/runtime`, which carries the retries out.
   *
   * @throws RuleError when the options break a rule, or the visibility timeout is too short for the worker
   */
  public consumedBy(worker: IQueueWorker, options: ConsumerOptions = {}): IConstruct {
    enforce(this, CONSUMER_RULES, options);
    this.hideWhileWorkedOn(worker, options);
    this.grantConsume(worker);
    const variable = (setting: string) => environmentName(this, setting, { name: options.name });
    worker.addEnvironment(variable('QUEUE_URL'), this.queue.queueUrl);
    worker.addEnvironment(variable('RETRY_MAX_ATTEMPTS'), String(this.retry.maxAttempts));
    worker.addEnvironment(variable('RETRY_FIRST_DELAY_SECONDS'), String(this.retry.firstDelay?.toSeconds()));
    worker.addEnvironment(variable('RETRY_MAX_DELAY_SECONDS'), String(this.retry.maxDelay?.toSeconds()));
    return worker.workQueue({
      queue: this.queue,
      name: options.name ?? this.node.id,
      batchSize: options.batchSize ?? 10,
      batchWindow: options.batchWindow,
      maxConcurrency: options.maxConcurrency ?? 10,
      backlog: this.metricBacklog(),
    });
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

  /** Messages that wait or are being worked on; over a minute unless told otherwise. */
  public metricBacklog(options?: MetricOptions): IMetric {
    const each = { statistic: Stats.MAXIMUM, period: Duration.minutes(1), ...options };
    return new MathExpression({
      expression: 'waiting + worked',
      usingMetrics: {
        waiting: this.queue.metricApproximateNumberOfMessagesVisible(each),
        worked: this.queue.metricApproximateNumberOfMessagesNotVisible(each),
      },
      label: 'Messages not yet done',
      period: each.period,
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

  private createDeadLetterQueue(props: WorkQueueProps): Queue {
    const deadLetterQueue = new Queue(this, 'DeadLetterQueue', {
      retentionPeriod: Duration.days(14),
      ...this.safety(props),
    });
    acknowledge(deadLetterQueue.node.defaultChild as Construct,
      { id: 'Serverless-SQSRedrivePolicy', reason: 'It is the dead-letter queue of the queue beside it.' });
    return deadLetterQueue;
  }

  private createQueue(props: WorkQueueProps): Queue {
    return new Queue(this, 'Queue', {
      ...this.safety(props),
      retentionPeriod: props.retention ?? Duration.days(4),
      visibilityTimeout: props.visibilityTimeout,
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

  /**
   * A message must stay hidden for as long as its batch may take, retries of a throttled invocation included: at least
   * six times the function's timeout plus the batch window (AWS Lambda Developer Guide, "Using Lambda with Amazon SQS").
   */
  private hideWhileWorkedOn(worker: IQueueWorker, { batchWindow }: ConsumerOptions): void {
    if (worker.timeout === undefined || worker.timeout.isUnresolved()) {
      Validations.of(this).addWarning('cdk-system-blueprints:WorkQueue.UnknownWorkerTimeout',
        `the timeout of ${worker.node.path} is not known here, so its longest (15 min) is assumed for the visibility timeout`);
    }
    const needed = 6 * secondsOr(900, worker.timeout) + (batchWindow ? secondsOr(300, batchWindow) : 0);
    if (this.givenVisibility && !this.givenVisibility.isUnresolved() && this.givenVisibility.toSeconds() < needed) {
      refuse(this, 'WorkQueue.VisibilityBelowWork', `visibilityTimeout is ${this.givenVisibility.toSeconds()} s`,
        `at least ${needed} s: six times the timeout of ${worker.node.path} plus the batch window`);
    }
    this.neededVisibility = Math.max(this.neededVisibility, needed);
    if (this.resource && !this.givenVisibility) {
      this.resource.visibilityTimeout = this.neededVisibility;
    }
  }

  private createAlarms(maxMessageAge: Duration): void {
    alarmWhenGuarded(this, 'DeadLettersAlarm', {
      metric: this.metricDeadLetters(),
      threshold: 1,
      evaluationPeriods: 1,
      comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      treatMissingData: TreatMissingData.NOT_BREACHING,
      alarmDescription: 'Messages failed every attempt: look at them, fix the cause, redrive them within 14 days.',
    });
    alarmWhenGuarded(this, 'OldestMessageAlarm', {
      metric: this.metricOldestMessageAge(),
      threshold: maxMessageAge.toSeconds(),
      evaluationPeriods: 3,
      comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
      treatMissingData: TreatMissingData.NOT_BREACHING,
      alarmDescription: 'Consumers do not keep up with producers.',
    });
  }
}

/** A duration in seconds, or the most it can be where that is known only at deployment. */
function secondsOr(most: number, duration?: Duration): number {
  return duration === undefined || duration.isUnresolved() ? most : duration.toSeconds();
}
