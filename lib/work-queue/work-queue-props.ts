import type { Duration } from 'aws-cdk-lib';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { IQueue, QueueProps } from 'aws-cdk-lib/aws-sqs';
import type { TrafficEstimate } from '../core/traffic-estimate';
import type { RetryPolicy } from './retry-policy';

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
   * @default - six times a function's timeout, or a container's longest processing time, plus the batch window; also the least
   *   that is accepted
   */
  readonly visibilityTimeout?: Duration;
  /**
   * The attribute of a message whose values keep their messages in order: a FIFO queue with high throughput. Messages of one
   * value are worked one after another, those of different values at once. Told to producers in `<NAME>_ORDER_BY`.
   * @default - no order
   */
  readonly orderBy?: string;
  /**
   * Whether messages of an ordered queue that have the same body within five minutes are one message. Otherwise the producer
   * tells messages apart by a deduplication id, as `queueProducer` of the runtime does.
   * @default false
   */
  readonly deduplicateByContent?: boolean;
  /**
   * The attribute of a message that names whose it is, for example the tenant: one who sends much does not delay the others
   * (fair queues). Told to producers in `<NAME>_FAIR_BY`.
   * @default - all messages are treated alike
   */
  readonly fairBy?: string;
  /**
   * How long a message is held back before consumers see it, 0 s to 15 min.
   * @default - not at all
   */
  readonly delay?: Duration;
  /**
   * What the queue has to carry. The concurrency of consumers that tell `timePerMessage` and `maxDepth` follow from it.
   * @default - not known
   */
  readonly traffic?: TrafficEstimate;
  /**
   * How many messages may wait before the depth alarm goes off.
   * @default - as many as traffic brings within maxMessageAge; without traffic only the age is watched
   */
  readonly maxDepth?: number;
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
