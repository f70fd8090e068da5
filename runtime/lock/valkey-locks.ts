import { type Clock, systemClock } from '../clock';
import { runScript, type ValkeyClient } from '../valkey';
import type { LockAttempt, LockBackend, LockClaim } from './backend';
import { ACQUIRE, JOIN, RAISE, RELEASE, RENEW } from './valkey-scripts';

/** Where the locks are. */
export interface ValkeyLocksOptions {
  /** Asks the Valkey. It should give up on a server that is gone: for ioredis and iovalkey, set `maxRetriesPerRequest`. */
  readonly client: ValkeyClient;
  /**
   * What the keys begin with, `{<namespace>}:`. All locks of a namespace are on one shard of a cluster, so that several can be
   * taken at once; locks that are never taken together may have namespaces of their own.
   * @default locks
   */
  readonly namespace?: string;
  /** @default systemClock */
  readonly clock?: Clock;
}

/** How long the number of the last holder is kept, in milliseconds. Later ones start from the time of day, and still grow. */
const KEEP_MILLISECONDS = 30 * 24 * 60 * 60 * 1000;

/**
 * Locks in one Valkey or Redis: `SET` with an expiry and an owner, and a number that grows with every holder. Leases end by the
 * clock of the server. Faster than DynamoDB, and weaker: a write that was answered may be lost when a replica takes over, and
 * then two hold the same lock. The fence still tells them apart, since it starts from the time of day.
 */
export class ValkeyLocks implements LockBackend {
  private readonly client: ValkeyClient;
  private readonly namespace: string;
  private readonly clock: Clock;

  public constructor(options: ValkeyLocksOptions) {
    this.client = options.client;
    this.namespace = options.namespace ?? 'locks';
    this.clock = options.clock ?? systemClock;
  }

  /** @param now the least number this holder gets: the time of day, in milliseconds */
  public async acquire(claim: LockClaim, now: number = this.clock.now()): Promise<LockAttempt> {
    const args = [claim.owner, Math.ceil(claim.leaseMilliseconds), Math.floor(now), KEEP_MILLISECONDS];
    const answer = await runScript(this.client, ACQUIRE, this.keys(claim), args) as readonly unknown[];
    const [taken, number] = answer.map(Number) as [number, number];
    if (taken === 1) {
      return { fence: number };
    }
    return number < 0 ? {} : { heldForMilliseconds: number };
  }

  public async renew(claim: LockClaim): Promise<boolean> {
    return await runScript(this.client, RENEW, this.keys(claim), [claim.owner, Math.ceil(claim.leaseMilliseconds)]) === 1;
  }

  public async release(claim: LockClaim): Promise<void> {
    await runScript(this.client, RELEASE, this.keys(claim), [claim.owner]);
  }

  /**
   * Renews, and takes the locks where nobody has them: for one server of several, while others vouch for the owner.
   *
   * @returns whether they were the owner's before
   */
  public async join(claim: LockClaim): Promise<boolean> {
    return await runScript(this.client, JOIN, this.keys(claim), [claim.owner, Math.ceil(claim.leaseMilliseconds)]) === 1;
  }

  /**
   * Raises the numbers of locks that are held to at least one that another server gave.
   *
   * @returns false when the locks are not this owner's
   */
  public async raise(claim: LockClaim, fence: number): Promise<boolean> {
    return await runScript(this.client, RAISE, this.keys(claim), [claim.owner, fence, KEEP_MILLISECONDS]) === 1;
  }

  private keys({ names }: LockClaim): string[] {
    return ['lock', 'fence'].flatMap((kind) => names.map((name) => `{${this.namespace}}:${kind}:${name}`));
  }
}
