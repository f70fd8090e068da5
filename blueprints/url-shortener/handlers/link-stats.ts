import { httpHandler, type HttpHandler, json, lazily, type StructuredLogger, tableName } from '../../../runtime';
import { isoTime } from '../domain/link';
import { LinkStore } from '../domain/link-store';
import { isSlug } from '../domain/slug';
import { documentClient } from './support/dynamodb';
import { logger } from './support/logger';
import { noSuchLink } from './support/no-such-link';

interface LinkStatsDependencies {
  readonly links: LinkStore;
  readonly logger: StructuredLogger;
  readonly now?: () => Date;
}

/** `GET /links/{slug}/stats`: how often a link was followed, as far as its clicks have been counted. */
export function linkStatsHandler(dependencies: LinkStatsDependencies): HttpHandler {
  const { links, now = () => new Date() } = dependencies;
  return httpHandler(async ({ pathParameters }) => {
    const slug = pathParameters?.slug;
    const link = isSlug(slug) ? await links.find(slug, now()) : undefined;
    if (link === undefined) {
      throw noSuchLink();
    }
    const { clicks, createdAt, expiresAt } = link;
    return json(200, { slug, clicks, createdAt, ...(expiresAt !== undefined && { expiresAt: isoTime(expiresAt) }) });
  }, dependencies);
}

export const handler = lazily(() => linkStatsHandler({
  links: new LinkStore(documentClient(), tableName('LINKS')),
  logger,
}));
