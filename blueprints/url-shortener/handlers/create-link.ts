import { DynamoDBPersistenceLayer } from '@aws-lambda-powertools/idempotency/dynamodb';
import type { BasePersistenceLayer } from '@aws-lambda-powertools/idempotency/persistence';
import {
  header, httpHandler, type HttpHandler, type HttpResponse, json, lazily, readJson, type StructuredLogger, tableName,
} from '../../../runtime';
import { parseCreateLinkRequest } from '../domain/create-link-request';
import { idempotencyKey } from '../domain/idempotency-key';
import { isoTime } from '../domain/link';
import { LinkStore, type NewLink } from '../domain/link-store';
import { publicUrl } from '../domain/public-url';
import { answerOnce } from './support/answer-once';
import { documentClient, dynamoDbClient } from './support/dynamodb';
import { logger } from './support/logger';

/** Enough for a URL of 2048 characters of four bytes each, escaped. */
const MAX_BODY_BYTES = 16 * 1024;

interface CreateLinkDependencies {
  readonly links: LinkStore;
  /** Where answers are kept for the keys they were given under. */
  readonly answers: BasePersistenceLayer;
  readonly logger: StructuredLogger;
  /** The address that users see, when it is not the API's own. */
  readonly publicBaseUrl?: string;
  readonly now?: () => Date;
}

/** `POST /links`: makes a link. */
export function createLinkHandler(dependencies: CreateLinkDependencies): HttpHandler {
  const { links, answers, publicBaseUrl, now = () => new Date() } = dependencies;
  // The answer is kept whole, body and all: DynamoDB does not keep the order of fields, and a repeat is to be identical.
  const create = async ({ request: link, base }: { request: NewLink; base: string }): Promise<HttpResponse> => {
    const { slug, expiresAt } = await links.create(link, now());
    const shortUrl = `${base}${slug}`;
    const document = { slug, shortUrl, ...(expiresAt !== undefined && { expiresAt: isoTime(expiresAt) }) };
    return json(201, document, { location: shortUrl });
  };
  const createOnce = answerOnce<{ key: string; request: NewLink; base: string }, HttpResponse>(create, answers);
  return httpHandler(async (request, context) => {
    const key = idempotencyKey(header(request, 'idempotency-key'));
    const calledUnder = {
      ...request.requestContext, scheme: header(request, 'x-forwarded-proto'), port: header(request, 'x-forwarded-port'),
    };
    const { base, hosts } = publicUrl(calledUnder, publicBaseUrl);
    // Judged before the key is looked at: a refusal is never kept, and the corrected request may use the same key.
    const link = parseCreateLinkRequest(readJson(request, { maxBytes: MAX_BODY_BYTES }), hosts);
    return key === undefined ? create({ request: link, base }) : createOnce({ key, request: link, base }, context);
  }, dependencies);
}

export const handler = lazily(() => createLinkHandler({
  links: new LinkStore(documentClient(), tableName('LINKS')),
  answers: new DynamoDBPersistenceLayer({
    tableName: tableName('IDEMPOTENCY'),
    keyAttr: 'id',
    expiryAttr: 'expiration',
    awsSdkV3Client: dynamoDbClient(),
  }),
  publicBaseUrl: process.env.PUBLIC_BASE_URL,
  logger,
}));
