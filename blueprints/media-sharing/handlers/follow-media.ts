import {
  lazily, type QueueConsumer, queueConsumer, type QueueConsumerOptions, queueUrl, retryPolicy, tableName,
} from '../../../runtime';
import { Feed, type FeedEntry } from '../domain/feed';
import { parseMediaReady } from '../domain/media';
import { documentClient, sqsClient } from './support/clients';
import { logger } from './support/logger';

interface FollowMediaDependencies extends Omit<QueueConsumerOptions, 'handle'> {
  readonly feed: Pick<Feed, 'add'>;
  /** What is noted of what is told. */
  readonly event: FeedEntry['event'];
  readonly now?: () => Date;
}

/** A subscriber: notes what was published in the feed of its owner, once. */
export function followMediaHandler({ feed, event, now = () => new Date(), ...consumer }: FollowMediaDependencies): QueueConsumer {
  return queueConsumer({
    ...consumer,
    handle: async (body) => {
      const media = parseMediaReady(body);
      const added = await feed.add(event, media, now());
      consumer.logger.info(added ? 'noted' : 'noted before', { event, id: media.id });
    },
  });
}

export const handler = lazily(() => followMediaHandler({
  sqs: sqsClient(),
  queueUrl: queueUrl('TOLD'),
  retry: retryPolicy('TOLD'),
  feed: new Feed(documentClient(), tableName('FEED')),
  event: process.env.FEED_EVENT as FeedEntry['event'],
  logger,
}));
