import { SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { httpHandler, type HttpHandler, lazily, queueUrl, type StructuredLogger, tableName } from '../../../runtime';
import type { Click } from '../domain/click';
import type { Link } from '../domain/link';
import { LinkStore } from '../domain/link-store';
import { isSlug } from '../domain/slug';
import { documentClient } from './support/dynamodb';
import { logger } from './support/logger';
import { noSuchLink } from './support/no-such-link';
import { sqsClient } from './support/sqs';

interface RedirectDependencies {
  readonly links: LinkStore;
  readonly sqs: Pick<SQSClient, 'send'>;
  /** Where clicks go. */
  readonly clicksQueueUrl: string;
  readonly logger: StructuredLogger;
  readonly now?: () => Date;
}

/** `GET /{slug}`: leads to the target of a link and reports the click. */
export function redirectHandler(dependencies: RedirectDependencies): HttpHandler {
  const { links, now = () => new Date() } = dependencies;
  return httpHandler(async ({ pathParameters, requestContext: { requestId } }) => {
    const slug = pathParameters?.slug;
    const link = isSlug(slug) ? await links.find(slug, now()) : undefined;
    if (link === undefined) {
      throw noSuchLink();
    }
    await report(clickOn(link, requestId, now()), dependencies);
    return {
      statusCode: 301,
      headers: {
        location: link.url,
        // A browser keeps a 301 for ever otherwise: later clicks would not be counted, and expiry not noticed.
        'cache-control': 'no-store',
        'x-request-id': requestId,
      },
    };
  }, dependencies);
}

function clickOn({ slug, expiresAt }: Link, id: string, at: Date): Click {
  return { id, slug, at: at.toISOString(), ...(expiresAt !== undefined && { expiresAt }) };
}

/** A visitor gets the redirect even when the queue does not take the click: the log then is the only trace of it. */
async function report(click: Click, { sqs, clicksQueueUrl, logger }: RedirectDependencies): Promise<void> {
  try {
    await sqs.send(new SendMessageCommand({ QueueUrl: clicksQueueUrl, MessageBody: JSON.stringify(click) }));
  } catch (error) {
    logger.error('click lost', { slug: click.slug, id: click.id, error });
  }
}

export const handler = lazily(() => redirectHandler({
  links: new LinkStore(documentClient(), tableName('LINKS')),
  sqs: sqsClient(),
  clicksQueueUrl: queueUrl('CLICKS'),
  logger,
}));
