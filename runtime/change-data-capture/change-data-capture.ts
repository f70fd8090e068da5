import { SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import type { Context, DynamoDBBatchResponse, DynamoDBRecord, DynamoDBStreamEvent } from 'aws-lambda';
import { type Clock, systemClock } from '../clock';
import { asError, describeError } from '../errors';
import type { StructuredLogger } from '../logger';
import type { SearchChange } from '../search-index/documents';
import { RejectedDocumentsError } from '../search-index/errors';
import { itemOf } from './image';
import { type CaptureMapping, changesOf, type ChangeSink } from './mapping';

/** What captures changes. */
export interface ChangeDataCaptureOptions<Item> extends CaptureMapping<Item> {
  /** Where the documents go. */
  readonly sink: ChangeSink;
  readonly logger: StructuredLogger;
  /**
   * Where changes are told that cannot be mapped, or that the sink will never take, so that those behind them do not wait:
   * `{ sqs, queueUrl: deadLettersUrl('CAPTURE') }`.
   * @default - they fail, come again with all behind them, and are set aside by Lambda after the last attempt
   */
  readonly deadLetters?: { readonly sqs: Pick<SQSClient, 'send'>; readonly queueUrl: string };
  /** @default systemClock */
  readonly clock?: Pick<Clock, 'monotonic'>;
}

/** A Lambda handler for the change stream of a table whose event source mapping reports batch item failures. */
export type ChangeDataCapture = (event: DynamoDBStreamEvent, context?: Context) => Promise<DynamoDBBatchResponse>;

const SWEEP_EVERY_MS = 3_600_000;

/**
 * Makes a Lambda handler that carries the changes of a table into a sink, a whole batch at once. Versions decide which change
 * stays, so that changes may come twice, late and in any order.
 *
 * What cannot be mapped, or is rejected by the sink, fails alone: everything else of the batch is written. When the sink is out
 * of reach, the whole batch comes again.
 *
 * Logged: 'change failed' `{keys, sequenceNumber, error}` and 'batch failed' `{changes, error}` as warnings.
 */
export function changeDataCapture<Item = Record<string, unknown>>(options: ChangeDataCaptureOptions<Item>): ChangeDataCapture {
  const { sink, logger, clock = systemClock } = options;
  let swept = clock.monotonic();
  const sweep = async () => {
    if (clock.monotonic() - swept >= SWEEP_EVERY_MS) {
      swept = clock.monotonic();
      await sink.sweep?.().catch((error: unknown) => logger.warn('sweep failed', { error: describeError(error) }));
    }
  };
  return async ({ Records }) => {
    const failed = new Map<DynamoDBRecord, Error>();
    const mapped = Records.flatMap((record) => {
      try {
        return [{ record, changes: captured(options, record) }];
      } catch (thrown) {
        failed.set(record, asError(thrown));
        return [];
      }
    });
    const changes = mapped.flatMap((each) => each.changes);
    try {
      await sink.write(changes);
      await sweep();
    } catch (thrown) {
      if (!(thrown instanceof RejectedDocumentsError)) {
        logger.warn('batch failed', { changes: changes.length, error: describeError(thrown) });
        return answer(Records);
      }
      for (const { record, changes: own } of mapped) {
        const rejected = own.find(({ id }) => thrown.reasons.has(id));
        if (rejected) {
          failed.set(record, new Error(thrown.reasons.get(rejected.id)));
        }
      }
    }
    return answer(await setAside(failed, options));
  };
}

/** @returns those that could not be set aside */
async function setAside(
  failed: ReadonlyMap<DynamoDBRecord, Error>, { deadLetters, logger }: Pick<ChangeDataCaptureOptions<unknown>, 'deadLetters' | 'logger'>,
): Promise<DynamoDBRecord[]> {
  const left = await Promise.all([...failed].map(async ([record, thrown]) => {
    const { Keys: keys, SequenceNumber: sequenceNumber } = record.dynamodb ?? {};
    const told = { keys, sequenceNumber, error: describeError(thrown) };
    logger.warn('change failed', told);
    const message = deadLetters && new SendMessageCommand({ QueueUrl: deadLetters.queueUrl, MessageBody: JSON.stringify(told) });
    return message && await deadLetters.sqs.send(message).then(() => true, () => false) ? [] : [record];
  }));
  return left.flat();
}

function captured<Item>(mapping: CaptureMapping<Item>, { eventName, dynamodb }: DynamoDBRecord): SearchChange[] {
  if (eventName !== 'INSERT' && !dynamodb?.OldImage) {
    throw new TypeError('the stream shows no old images; the table needs the stream view type NEW_AND_OLD_IMAGES');
  }
  return changesOf(mapping, itemOf<Item>(dynamodb?.OldImage), itemOf<Item>(dynamodb?.NewImage));
}

/** Lambda delivers again from the first of them on. */
const answer = (failed: readonly DynamoDBRecord[]): DynamoDBBatchResponse => ({
  batchItemFailures: failed.map(({ dynamodb }) => ({ itemIdentifier: dynamodb!.SequenceNumber! })),
});
