import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, PutCommand } from '@aws-sdk/lib-dynamodb';
import { httpHandler, json, Problem, readJson, tableName } from 'cdk-system-blueprints/runtime';
import { DynamoDbLimits, RateLimiter, rateLimitHeaders, rateLimitProblem, rateLimitSettings } from 'cdk-system-blueprints/runtime/rate-limiter';

const documents = DynamoDBDocumentClient.from(new DynamoDBClient());
const { limit, whenUnavailable, namespace } = rateLimitSettings('LIMIT');
const backend = new DynamoDbLimits({ documents, tableName: tableName('LIMIT'), namespace });
const limiter = new RateLimiter({ limit, whenUnavailable, backend });

/** `POST /subscribers` `{"email"}`: subscribed, also the second time. */
export const handler = httpHandler(async (request) => {
  const answer = await limiter.take(request.requestContext.http.sourceIp);
  if (!answer.allowed) {
    throw rateLimitProblem(answer);
  }
  const { email } = readJson(request, { maxBytes: 1000 }) as { email?: unknown };
  if (typeof email !== 'string' || !/^[^@\s]+@[^@\s]+$/.test(email)) {
    throw new Problem({ status: 422, detail: 'email must be an address.' });
  }
  await documents.send(new PutCommand({ TableName: tableName('SUBSCRIBERS'), Item: { email } }));
  return json(201, { email }, rateLimitHeaders(answer));
}, { logger: console });
