import { setTimeout as sleepFor } from 'node:timers/promises';
import { type DynamoDBDocumentClient, TransactWriteCommand } from '@aws-sdk/lib-dynamodb';
import { backoffCeiling, cancellationCodes, KeyedMutex, once } from '../../../runtime';
import type { Click } from './click';
import { hasExpired } from './link';

const DAY_IN_SECONDS = 24 * 60 * 60;

/**
 * How long an id is remembered. A message lives at most 14 days in a queue, and 14 more when it is moved back from the
 * dead-letter queue; nothing can come twice after that.
 */
const REMEMBERED_FOR_SECONDS = 30 * DAY_IN_SECONDS;

/** Pauses of half a second in all, on average; a click that still conflicts then goes back to the queue. */
const CONFLICT = { maxAttempts: 10, firstDelaySeconds: 0.02, maxDelaySeconds: 0.2 };

/** What became of a click: counted now, counted before, or dropped since its link is over. */
export type ClickOutcome = 'counted' | 'duplicate' | 'expired';

/**
 * A click on a link that should exist and does not. That is evidence of lost data, so it is not acknowledged: it ends in
 * the dead-letter queue, and counts when it is moved back once the link is restored.
 */
export class UnknownLinkError extends Error {
  public override readonly name = 'UnknownLinkError';

  constructor(slug: string) {
    super(`no link ${slug}`);
  }
}

/** What a counter works with. */
export interface ClickCounterOptions {
  readonly documents: DynamoDBDocumentClient;
  /** The table of links: partition key `slug`. */
  readonly linksTable: string;
  /** The table of what was done already: partition key `id`, time to live `expiration`. */
  readonly idempotencyTable: string;
  /** @default - the system's clock */
  readonly now?: () => Date;
  /** Uniform in [0, 1). @default Math.random */
  readonly random?: () => number;
  /** @default - waits */
  readonly sleep?: (milliseconds: number) => Promise<unknown>;
}

/**
 * Counts every click exactly once, although the queue delivers at least once: remembering the click and raising the
 * count happen in one DynamoDB transaction, or neither happens.
 *
 * Transactions on the same link exclude each other. The clicks of one link that this function holds are therefore
 * counted one after another; only other instances can still conflict, and such a conflict is retried after a random
 * pause. So a link takes about as many clicks a second as transactions fit into one (some tens), and what comes faster
 * waits in the queue. One transaction for all clicks of a batch would be quicker, but a single duplicate among them
 * cancels it; a link that needs more wants a sharded counter instead.
 */
export class ClickCounter {
  private readonly turns = new KeyedMutex();

  constructor(private readonly options: ClickCounterOptions) {}

  /**
   * Counts a click unless it was counted before.
   *
   * @throws UnknownLinkError when the link does not exist although it has not expired
   * @throws TransactionCanceledException when other instances keep changing the link
   */
  public count(click: Click): Promise<ClickOutcome> {
    return this.turns.runExclusive(click.slug, () => this.countInTurn(click));
  }

  private async countInTurn(click: Click): Promise<ClickOutcome> {
    const { random = Math.random, sleep = sleepFor } = this.options;
    for (let attempt = 1; ; attempt++) {
      try {
        await this.transact(click);
        return 'counted';
      } catch (error) {
        const [remembering, raising] = cancellationCodes(error);
        if (remembering === 'ConditionalCheckFailed') {
          return 'duplicate';
        }
        const isConflict = remembering === 'TransactionConflict' || raising === 'TransactionConflict';
        if (isConflict && attempt < CONFLICT.maxAttempts) {
          await sleep(random() * backoffCeiling(attempt, CONFLICT) * 1000);
          continue;
        }
        if (isConflict || raising !== 'ConditionalCheckFailed') {
          throw error;
        }
        if (hasExpired(click.expiresAt, this.now())) {
          return 'expired';
        }
        throw new UnknownLinkError(click.slug);
      }
    }
  }

  private async transact(click: Click): Promise<void> {
    const { documents, linksTable, idempotencyTable } = this.options;
    await documents.send(new TransactWriteCommand({
      TransactItems: [
        once({
          tableName: idempotencyTable, id: `click#${click.id}`, expirySeconds: REMEMBERED_FOR_SECONDS, clock: { now: () => this.now().getTime() },
        }),
        {
          Update: {
            TableName: linksTable,
            Key: { slug: click.slug },
            UpdateExpression: 'ADD clicks :one',
            // Without it, a click would bring a deleted link back as an item that has a count and no URL.
            ConditionExpression: 'attribute_exists(slug)',
            ExpressionAttributeValues: { ':one': 1 },
          },
        },
      ],
    }));
  }

  private now(): Date {
    return this.options.now?.() ?? new Date();
  }
}
