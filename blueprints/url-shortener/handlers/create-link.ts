import {
  type AnswerStore, DynamoDbAnswers, header, httpHandler, type HttpHandler, type HttpResponse, Idempotency, idempotencyKey,
  idempotencyProblem, idempotencySettings, json, lazily, readJson, type StructuredLogger, tableName,
} from '../../../runtime';
import { parseCreateLinkRequest } from '../domain/create-link-request';
import { isoTime } from '../domain/link';
import { LinkStore, type NewLink } from '../domain/link-store';
import { publicUrl } from '../domain/public-url';
import { documentClient } from './support/dynamodb';
import { logger } from './support/logger';

/** Enough for a URL of 2048 characters of four bytes each, escaped. */
const MAX_BODY_BYTES = 16 * 1024;

interface CreateLinkDependencies {
  readonly links: LinkStore;
  /** Where answers are kept for the keys they were given under. */
  readonly answers: AnswerStore;
  /** How long they are kept, in seconds. @default - 24 hours */
  readonly expirySeconds?: number;
  readonly logger: StructuredLogger;
  /** The address that users see, when it is not the API's own. */
  readonly publicBaseUrl?: string;
  readonly now?: () => Date;
}

/** `POST /links`: makes a link. */
export function createLinkHandler(dependencies: CreateLinkDependencies): HttpHandler {
  const { links, answers, expirySeconds, publicBaseUrl, logger: log, now = () => new Date() } = dependencies;
  // Not named after the function, under which every key would be forgotten when the function is replaced.
  const idempotency = new Idempotency({ backend: answers, name: 'create-link', expirySeconds, logger: log });
  const create = async (link: NewLink, base: string): Promise<HttpResponse> => {
    const { slug, expiresAt } = await links.create(link, now());
    const shortUrl = `${base}${slug}`;
    const document = { slug, shortUrl, ...(expiresAt !== undefined && { expiresAt: isoTime(expiresAt) }) };
    return json(201, document, { location: shortUrl });
  };
  return httpHandler(async (request, context) => {
    const key = idempotencyKey(request);
    const calledUnder = {
      ...request.requestContext, scheme: header(request, 'x-forwarded-proto'), port: header(request, 'x-forwarded-port'),
    };
    const { base, hosts } = publicUrl(calledUnder, publicBaseUrl);
    // Judged before the key is looked at: a refusal is never kept, and the corrected request may use the same key.
    const link = parseCreateLinkRequest(readJson(request, { maxBytes: MAX_BODY_BYTES }), hosts);
    if (key === undefined) {
      return create(link, base);
    }
    try {
      // The key alone tells requests apart, since the API knows no users: clients choose random keys.
      const inProgressMilliseconds = context.getRemainingTimeInMillis();
      return await idempotency.run(key, () => create(link, base), { request: link, inProgressMilliseconds });
    } catch (error) {
      throw idempotencyProblem(error);
    }
  }, dependencies);
}

export const handler = lazily(() => createLinkHandler({
  links: new LinkStore(documentClient(), tableName('LINKS')),
  answers: new DynamoDbAnswers({ documents: documentClient(), tableName: tableName('IDEMPOTENCY') }),
  ...idempotencySettings('IDEMPOTENCY'),
  publicBaseUrl: process.env.PUBLIC_BASE_URL,
  logger,
}));
