import {
  type AnswerStore, DynamoDbAnswers, httpHandler, type HttpHandler, type HttpResponse, Idempotency, idempotencyKey,
  idempotencyProblem, idempotencySettings, json, lazily, partitionKey, Problem, readJson, streamName, type StructuredLogger,
  tableName,
} from '../../../runtime';
import { type Batch, type Failure, parseBatch } from '../domain/batch';
import { EventWriter } from '../domain/event-writer';
import { documentClient, kinesisClient } from './support/clients';
import { logger } from './support/logger';

/** 500 events of some 250 bytes, with room to spare. */
const MAX_BODY_BYTES = 256 * 1024;

interface IngestDependencies {
  readonly events: Pick<EventWriter, 'write'>;
  /** Where answers are kept for the keys they were given under. */
  readonly answers: AnswerStore;
  /** How long they are kept, in seconds. @default - 24 hours */
  readonly expirySeconds?: number;
  readonly logger: StructuredLogger;
  readonly now?: () => Date;
}

/** `POST /events`: takes a batch, as far as it can be taken, and says what was not. */
export function ingestHandler(dependencies: IngestDependencies): HttpHandler {
  const { events, answers, expirySeconds, logger: log, now = () => new Date() } = dependencies;
  const idempotency = new Idempotency({ backend: answers, name: 'ingest', expirySeconds, logger: log });
  const take = async (batch: Batch): Promise<HttpResponse> => {
    const refused = await events.write(batch.events);
    const accepted = batch.events.length - refused.length;
    if (accepted === 0 && refused.length > 0) {
      // Thrown, so that the key is free for the next try.
      throw new Problem({ status: 503, detail: 'The stream takes no more at the moment; send the batch again.', headers: { 'retry-after': '1' } });
    }
    const failed: Failure[] = [
      ...batch.failures, ...refused.map(({ index }) => ({ index, detail: 'the stream takes no more at the moment', retry: true })),
    ].sort((a, b) => a.index - b.index);
    return json(failed.length === 0 ? 202 : accepted === 0 ? 422 : 207, { accepted, failed });
  };
  return httpHandler(async (request, context) => {
    const key = idempotencyKey(request);
    const body = readJson(request, { maxBytes: MAX_BODY_BYTES });
    const batch = parseBatch(body, now());
    if (key === undefined) {
      return take(batch);
    }
    try {
      const inProgressMilliseconds = context.getRemainingTimeInMillis();
      return await idempotency.run(key, () => take(batch), { request: body, inProgressMilliseconds });
    } catch (error) {
      throw idempotencyProblem(error);
    }
  }, { logger: log });
}

export const handler = lazily(() => ingestHandler({
  events: new EventWriter({ kinesis: kinesisClient(), streamName: streamName('EVENTS'), partitionKey: partitionKey('EVENTS') }),
  answers: new DynamoDbAnswers({ documents: documentClient(), tableName: tableName('IDEMPOTENCY') }),
  ...idempotencySettings('IDEMPOTENCY'),
  logger,
}));
