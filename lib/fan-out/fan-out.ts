import { Resource, Validations } from 'aws-cdk-lib';
import { ComparisonOperator, type Metric, type MetricOptions, Stats, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import type { IRuleTarget } from 'aws-cdk-lib/aws-events';
import { SnsTopic } from 'aws-cdk-lib/aws-events-targets';
import { Grant, type IGrantable } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { FifoThroughputScope, type ITopic, type Subscription, Topic, type TopicProps } from 'aws-cdk-lib/aws-sns';
import { SqsSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { acknowledgeCompliance } from '../core/acknowledge';
import { alarmWhenGuarded } from '../core/alarms';
import { createDeadLetterQueue } from '../core/dead-letters';
import type { IEventTarget } from '../core/event-target';
import { enforce, refuse } from '../core/rules';
import { recordWire } from '../core/wires';
import { type Access, environmentName, type IBackingService, type ICompute, reads, type UseOptions } from '../core/wiring';
import type { WorkQueue } from '../work-queue/index';
import { FAN_OUT_RULES, SUBSCRIPTION_RULES } from './fan-out-rules';
import { attributeFilter, bodyFilter, FilterOn, type SubscriptionOptions } from './subscription';

/** What a FanOut promises to its publishers. */
export interface FanOutProps {
  /**
   * The attribute of a message whose values keep their messages in order: a FIFO topic. Ordered queues that subscribe get them
   * in that order. Told to publishers in `<NAME>_ORDER_BY`.
   * @default - no order
   */
  readonly orderBy?: string;
  /**
   * Whether messages of an ordered topic that have the same body within five minutes are one message. Otherwise the publisher
   * tells messages apart by a deduplication id, as `fanOutPublisher` of the runtime does.
   * @default false
   */
  readonly deduplicateByContent?: boolean;
  /**
   * The key that encrypts messages while they are in the topic.
   * @default - the disk encryption of Amazon SNS, at no cost
   */
  readonly encryptionKey?: IKey;
  /**
   * Events that could not be delivered may be deleted with the stack. Honoured under SANDBOX only.
   * @default false
   */
  readonly disposable?: boolean;
  /**
   * Anything else of the inner topic, applied last.
   * @default - nothing else
   */
  readonly topicProps?: TopicProps;
  /**
   * An existing topic to adopt. Nothing is created, and props that would shape a new topic are refused.
   * @default - a new topic
   */
  readonly topic?: ITopic;
}

/**
 * One message, many receivers that do not know each other: an Amazon SNS topic in front of a queue for each of them. One
 * that is slow or broken holds up nobody else, and finds its messages when it is well again.
 */
export class FanOut extends Construct implements IBackingService, IEventTarget {
  /** The topic itself. */
  public readonly topic: ITopic;

  private readonly props: FanOutProps;
  private undelivered?: IQueue;

  /** @throws RuleError when the props break a rule of this concept; all of them are named at once */
  constructor(scope: Construct, id: string, props: FanOutProps = {}) {
    super(scope, id);
    enforce(this, FAN_OUT_RULES, props);
    this.props = props;
    this.topic = props.topic ?? this.createTopic(props);
    if (!props.topic) {
      this.createAlarm();
    }
  }

  /** Whether messages keep their order: the topic is a FIFO topic. */
  public get ordered(): boolean {
    return this.topic.fifo;
  }

  /** Where events end that could not be put into the topic; undefined until an event rule has it as its target. */
  public get deadLetterQueue(): IQueue | undefined {
    return this.undelivered;
  }

  /**
   * Puts every message, or those that match a filter, into a queue, as it was published. What cannot be put there ends in
   * the dead letters of the queue. A function does not subscribe itself: the queue between keeps what it cannot take.
   *
   * @throws RuleError when the options break a rule, the queue has subscribed already, or asks for an order that the topic
   *   does not keep
   */
  public subscribe(queue: WorkQueue, options: SubscriptionOptions = {}): Subscription {
    enforce(this, SUBSCRIPTION_RULES, { queue, options });
    if (queue.ordered && !this.ordered) {
      refuse(this, 'FanOut.OrderOfQueueOnly', `the ordered queue ${queue.node.path} behind a topic without order`,
        'orderBy of the FanOut too, or a queue without orderBy');
    }
    const { encryptionKey } = this.props;
    if (encryptionKey && encryptionKey === queue.queue.encryptionMasterKey && Resource.isOwnedResource(encryptionKey)) {
      // Its policy lets this one topic use it for the queue, and so names the topic that it encrypts: a circle.
      refuse(this, 'FanOut.SharedKey', `the key ${encryptionKey.node.path} for the topic and for ${queue.node.path}`,
        'a key for the topic and another one for its queues, or one that is imported');
    }
    const id = `Subscriber-${queue.node.addr}`;
    if (this.node.tryFindChild(id)) {
      refuse(this, 'FanOut.SubscribedTwice', `${queue.node.path} a second time`, 'each queue once; one filter can take several values');
    }
    // Remembers it in the tree, where the subscription itself stands below the queue.
    new Construct(this, id);
    recordWire(this, queue, options.filter ? 'matching messages' : 'messages');
    if (!Resource.isOwnedResource(queue.queue)) {
      Validations.of(this).addWarning('cdk-system-blueprints:FanOut.PolicyOfImported',
        `the policy of the queue that ${queue.node.path} adopts cannot be changed here; let ${this.node.path} send to it where it is defined`);
    }
    const { filter, filterOn = FilterOn.ATTRIBUTES } = options;
    return this.topic.addSubscription(new SqsSubscription(queue.queue, {
      rawMessageDelivery: true,
      filterPolicy: filter && filterOn === FilterOn.ATTRIBUTES ? attributeFilter(filter) : undefined,
      filterPolicyWithMessageBody: filter && filterOn === FilterOn.BODY ? bodyFilter(filter) : undefined,
      deadLetterQueue: queue.deadLetterQueue,
    }));
  }

  /**
   * Lets compute publish messages; it finds the topic in `<NAME>_TOPIC_ARN`, and in `<NAME>_ORDER_BY` which attribute groups
   * messages. The code publishes with `fanOutPublisher` of the runtime.
   *
   * @throws RuleError for `Access.READ`: receivers are queues, which subscribe
   */
  public attach(compute: ICompute, access: Access, options?: UseOptions): void {
    if (reads(access)) {
      refuse(this, 'FanOut.ReadByUse', `use(fanOut, ${access}) by ${compute.node.path}`,
        'Access.WRITE to publish; fanOut.subscribe(queue) and queue.consumedBy(worker) to receive');
    }
    this.grantPublish(compute);
    compute.network?.reach('sns', compute);
    compute.addEnvironment(environmentName(this, 'TOPIC_ARN', options), this.topic.topicArn);
    if (this.props.orderBy !== undefined) {
      compute.addEnvironment(environmentName(this, 'ORDER_BY', options), this.props.orderBy);
    }
  }

  /**
   * The way an event rule publishes events. What cannot be published is kept in a queue.
   *
   * @throws RuleError for an ordered topic, since events have no order
   */
  public eventTarget(): IRuleTarget {
    if (this.ordered) {
      refuse(this, 'FanOut.EventsHaveNoOrder', 'an event rule whose target is an ordered topic', 'a FanOut without orderBy');
    }
    this.undelivered ??= createDeadLetterQueue(this, 'events that could not be published', this.props.disposable);
    return new SnsTopic(this.topic, { deadLetterQueue: this.undelivered });
  }

  /** Lets a principal publish messages. */
  public grantPublish(grantee: IGrantable): Grant {
    // The topic's own grant would let it use the key by wildcard.
    this.props.encryptionKey?.grant(grantee, 'kms:Decrypt', 'kms:GenerateDataKey');
    return Grant.addToPrincipal({ grantee, actions: ['sns:Publish'], resourceArns: [this.topic.topicArn] });
  }

  /** Messages that were published; sum over five minutes unless told otherwise. */
  public metricPublished(options?: MetricOptions): Metric {
    return this.topic.metricNumberOfMessagesPublished(options);
  }

  /** Copies that reached a queue; sum over five minutes unless told otherwise. */
  public metricDelivered(options?: MetricOptions): Metric {
    return this.topic.metricNumberOfNotificationsDelivered(options);
  }

  /** Copies that no attempt could deliver; sum over five minutes unless told otherwise. */
  public metricFailed(options?: MetricOptions): Metric {
    return this.topic.metricNumberOfNotificationsFailed({ statistic: Stats.SUM, ...options });
  }

  private createTopic(props: FanOutProps): Topic {
    const topic = new Topic(this, 'Topic', {
      enforceSSL: true,
      masterKey: props.encryptionKey,
      ...props.orderBy !== undefined && {
        fifo: true,
        contentBasedDeduplication: props.deduplicateByContent ?? false,
        fifoThroughputScope: FifoThroughputScope.MESSAGE_GROUP,
      },
      ...props.topicProps,
    });
    this.node.defaultChild = topic;
    if (!props.encryptionKey) {
      acknowledgeCompliance(topic, 'SNSEncryptedKMS',
        'Amazon SNS stores messages on encrypted disks until they are delivered (Amazon SNS Developer Guide, "Securing Amazon SNS data with server-side encryption"), here for seconds, and every queue behind it is encrypted; a key of the customer is the prop encryptionKey.');
    }
    return topic;
  }

  private createAlarm(): void {
    alarmWhenGuarded(this, 'FailedAlarm', () => ({
      metric: this.metricFailed(),
      threshold: 1,
      evaluationPeriods: 1,
      comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      treatMissingData: TreatMissingData.NOT_BREACHING,
      alarmDescription: 'Messages cannot be put into a queue that subscribed: its policy or its key was changed. They are in its dead letters; redrive them.',
    }));
  }
}
