import { Cluster, Redis } from 'iovalkey';
import {
  cacheSettings, type CacheEvent, connectCache, httpHandler, type HttpHandler, type HttpRequest, json, lazily, Problem, readJson,
  type StructuredLogger, tableName, TableSource, WriteThrough,
} from '../../../runtime';
import { type SearchClient, SearchQueryError } from '../../../runtime/search-index';
import type { Event } from '../domain/event';
import { isEventId, parseEvent } from '../domain/requests';
import { documentClient } from './support/clients';
import { withDatabase } from './support/database';
import { logger } from './support/logger';
import { byRoute } from './support/routes';
import { openIndex } from './support/search';

const MAX_BODY_BYTES = 64 * 1024;

/** An event as the store keeps it. */
type StoredEvent = Event & { readonly version?: string };

interface CatalogueDependencies {
  readonly events: Pick<WriteThrough<StoredEvent>, 'read' | 'write' | 'settled'>;
  readonly index: Pick<SearchClient, 'search'>;
  /** What happened in the cache since it was asked last. */
  readonly cacheEvents: () => readonly CacheEvent[];
  readonly logger: StructuredLogger;
}

/** Events: searched, looked at, and written by who runs the box office. */
export function catalogueHandler(dependencies: CatalogueDependencies): HttpHandler {
  const { events, index, cacheEvents } = dependencies;

  const find: HttpHandler = async ({ pathParameters }) => {
    const event = isEventId(pathParameters?.id) ? await events.read(pathParameters.id) : undefined;
    // A function is frozen once it has answered.
    await events.settled();
    if (!event) {
      throw new Problem({ status: 404, detail: 'There is no such event.' });
    }
    return json(200, withoutVersion(event), { 'x-cache': cacheEvents().join(' ') });
  };

  const search: HttpHandler = async ({ queryStringParameters: { q, city, cursor } = {} }) => {
    try {
      const found = await index.search({ text: q, filters: city === undefined ? {} : { city }, cursor });
      return json(200, { events: found.hits.map(({ id, fields }) => ({ id, ...fields })), cursor: found.cursor });
    } catch (error) {
      throw error instanceof SearchQueryError ? new Problem({ status: 400, detail: `The search cannot be answered: ${error.message}.` }) : error;
    }
  };

  const write: HttpHandler = async (request: HttpRequest) => {
    const id = request.pathParameters?.id;
    if (!isEventId(id)) {
      throw new Problem({ status: 422, detail: 'The id of an event has 1 to 64 lower-case letters, digits and hyphens.' });
    }
    const event = parseEvent(id, readJson(request, { maxBytes: MAX_BODY_BYTES }));
    await events.write(id, event);
    return json(200, event);
  };

  return httpHandler(byRoute({ 'GET /events': withDatabase(search), 'GET /events/{id}': find, 'PUT /events/{id}': write }), dependencies);
}

const withoutVersion = (event: StoredEvent) => ({ ...event, version: undefined });

export const handler = lazily(() => {
  let seen: CacheEvent[] = [];
  const source = new TableSource<StoredEvent>({ documents: documentClient(), tableName: tableName('EVENT_CACHE'), partitionKey: 'id' });
  const client = connectCache('EVENT_CACHE', { Cluster, Redis });
  return catalogueHandler({
    events: new WriteThrough({
      ...cacheSettings('EVENT_CACHE'), client, source, versionOf: source.versionOf, count: (event) => seen.push(event), logger,
    }),
    index: openIndex(),
    cacheEvents: () => {
      const events = seen;
      seen = [];
      return events;
    },
    logger,
  });
});
