import {
  lazily, type QueueConsumer, queueConsumer, type QueueConsumerOptions, queueUrl, retryPolicy, tableName,
} from '../../../runtime';
import { parseClick } from '../domain/click';
import { ClickCounter } from '../domain/click-counter';
import { documentClient } from './support/dynamodb';
import { logger } from './support/logger';
import { sqsClient } from './support/sqs';

interface CountClickDependencies extends Omit<QueueConsumerOptions, 'handle'> {
  readonly counter: ClickCounter;
}

/** The clicks in the queue: adds each of them to the count of its link, once. */
export function countClickHandler({ counter, ...consumer }: CountClickDependencies): QueueConsumer {
  return queueConsumer({
    ...consumer,
    handle: async (body) => {
      const click = parseClick(body);
      const outcome = await counter.count(click);
      if (outcome !== 'counted') {
        consumer.logger.info('click not counted', { id: click.id, slug: click.slug, outcome });
      }
    },
  });
}

export const handler = lazily(() => countClickHandler({
  sqs: sqsClient(),
  queueUrl: queueUrl('CLICKS'),
  retry: retryPolicy('CLICKS'),
  counter: new ClickCounter({
    documents: documentClient(),
    linksTable: tableName('LINKS'),
    idempotencyTable: tableName('IDEMPOTENCY'),
  }),
  logger,
}));
