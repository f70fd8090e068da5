import {
  type DynamoDBDocumentClient, TransactWriteCommand, UpdateCommand, type UpdateCommandInput,
} from '@aws-sdk/lib-dynamodb';
import { type Clock, systemClock } from '../clock';
import type { LockAttempt, LockBackend, LockClaim } from './backend';
import { cancellations, isConditionFailure, isConflict, type StoredLock, storedLock } from './dynamodb-answers';
import { fullPause } from './full-pause';

/** Where the locks are. */
export interface DynamoDbLocksOptions {
  /** Asks DynamoDB. */
  readonly documents: Pick<DynamoDBDocumentClient, 'send'>;
  /** A table with the partition key `name` (text): `tableName('LOCKS')`. */
  readonly tableName: string;
  /** @default systemClock */
  readonly clock?: Clock;
  /**
   * Uniform in [0, 1).
   * @default Math.random
   */
  readonly random?: () => number;
}

/** For how long a lock that nobody takes is remembered, in seconds. */
const KEEP_SECONDS = 30 * 24 * 60 * 60;
const FREE = 'attribute_not_exists(#owner) OR #expiresAt <= :now OR #owner = :owner';
/** Nobody but transactions of contenders that started first is in the way: they are over within milliseconds. */
const CONFLICT_TRIES = 10;
const FENCE_TRIES = 5;

/**
 * Locks in a DynamoDB table, an item each: `{ name, owner, fence, expiresAt, ttl }`. One lock is one conditional update, several
 * are one transaction (at twice the capacity). Leases end by the clocks of those who ask, so these must agree better than the
 * tolerance of `DistributedLock`; machines and functions of AWS agree within milliseconds.
 *
 * A table that is replicated with eventual consistency gives no exclusion between regions.
 */
export class DynamoDbLocks implements LockBackend {
  private readonly documents: Pick<DynamoDBDocumentClient, 'send'>;
  private readonly tableName: string;
  private readonly clock: Clock;
  private readonly random: () => number;

  public constructor(options: DynamoDbLocksOptions) {
    this.documents = options.documents;
    this.tableName = options.tableName;
    this.clock = options.clock ?? systemClock;
    this.random = options.random ?? Math.random;
  }

  public acquire(claim: LockClaim): Promise<LockAttempt> {
    return claim.names.length === 1 ? this.acquireOne(claim) : this.acquireAll(claim);
  }

  public renew(claim: LockClaim): Promise<boolean> {
    const lease = this.lease(claim);
    return this.ownersOnly(claim, 'SET #expiresAt = :expiresAt, #ttl = :ttl', {
      names: { '#expiresAt': 'expiresAt', '#ttl': 'ttl' }, values: { ':expiresAt': lease[':expiresAt'], ':ttl': lease[':ttl'] },
    });
  }

  public async release(claim: LockClaim): Promise<void> {
    // The item stays, since its fence must go on growing.
    await this.ownersOnly(claim, 'REMOVE #owner, #expiresAt', { names: { '#expiresAt': 'expiresAt' }, values: {} });
  }

  private async acquireOne(claim: LockClaim): Promise<LockAttempt> {
    try {
      const { Attributes } = await this.documents.send(new UpdateCommand({
        ...this.taking(claim, claim.names[0]!, 'if_not_exists(#fence, :now) + :one', FREE, { ':one': 1 }),
        ReturnValues: 'UPDATED_NEW',
      }));
      return { fence: Number(Attributes?.fence) };
    } catch (error) {
      if (isConditionFailure(error)) {
        return { heldForMilliseconds: this.rest(storedLock(error.Item)) };
      }
      if (isConflict(error)) {
        return {};
      }
      throw error;
    }
  }

  /**
   * A transaction returns no values, so the fence is proposed: the time of day, which is greater than what is stored unless the
   * lock changes hands more than once a millisecond or clocks differ. Where it is not, the refusal tells what is.
   */
  private async acquireAll(claim: LockClaim): Promise<LockAttempt> {
    let fence = this.clock.now();
    for (let tries = 1; tries <= FENCE_TRIES; tries += 1) {
      const condition = `(${FREE}) AND (attribute_not_exists(#fence) OR #fence < :fence)`;
      const TransactItems = claim.names.map((name) => ({ Update: this.taking(claim, name, ':fence', condition, { ':fence': fence }) }));
      try {
        await this.documents.send(new TransactWriteCommand({ TransactItems }));
        return { fence };
      } catch (error) {
        const { stored, conflict } = cancellations(error);
        const held = stored.filter(({ owner }) => owner !== undefined && owner !== claim.owner).map((lock) => this.rest(lock));
        const longest = Math.max(0, ...held);
        if (longest > 0 || conflict) {
          return longest > 0 ? { heldForMilliseconds: longest } : {};
        }
        fence = Math.max(this.clock.now(), ...stored.map((lock) => lock.fence + 1));
      }
    }
    return {};
  }

  private taking(claim: LockClaim, name: string, fence: string, ConditionExpression: string, values: Values) {
    return {
      TableName: this.tableName,
      Key: { name },
      UpdateExpression: `SET #fence = ${fence}, #owner = :owner, #expiresAt = :expiresAt, #ttl = :ttl`,
      ConditionExpression,
      ExpressionAttributeNames: { '#fence': 'fence', '#owner': 'owner', '#expiresAt': 'expiresAt', '#ttl': 'ttl' },
      ExpressionAttributeValues: { ':owner': claim.owner, ...this.lease(claim), ...values },
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD' as const,
    } satisfies UpdateCommandInput;
  }

  /** Changes what this owner holds; false when any of it is no longer its own. */
  private async ownersOnly(
    claim: LockClaim, UpdateExpression: string, more: { readonly names: Record<string, string>; readonly values: Values },
  ): Promise<boolean> {
    const updates = claim.names.map((name) => ({
      TableName: this.tableName,
      Key: { name },
      UpdateExpression,
      ConditionExpression: '#owner = :owner',
      ExpressionAttributeNames: { '#owner': 'owner', ...more.names },
      ExpressionAttributeValues: { ':owner': claim.owner, ...more.values },
    }));
    for (let tries = 1; ; tries += 1) {
      try {
        await (updates.length === 1
          ? this.documents.send(new UpdateCommand(updates[0]!))
          : this.documents.send(new TransactWriteCommand({ TransactItems: updates.map((Update) => ({ Update })) })));
        return true;
      } catch (error) {
        if (isConditionFailure(error)) {
          return false;
        }
        if (!isConflict(error) || tries === CONFLICT_TRIES) {
          throw error;
        }
        await this.clock.sleep(fullPause(tries, 200, this.random));
      }
    }
  }

  private lease({ leaseMilliseconds }: LockClaim) {
    const now = this.clock.now();
    const expiresAt = now + leaseMilliseconds;
    return { ':now': now, ':expiresAt': expiresAt, ':ttl': Math.ceil(expiresAt / 1000) + KEEP_SECONDS };
  }

  private rest({ expiresAt }: StoredLock): number {
    return Math.max(0, expiresAt - this.clock.now());
  }
}

type Values = Readonly<Record<string, number | string>>;
