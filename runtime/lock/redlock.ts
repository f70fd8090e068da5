import { type Clock, systemClock } from '../clock';
import { within } from '../deadline';
import type { ValkeyClient } from '../valkey';
import type { LockAttempt, LockBackend, LockClaim } from './backend';
import { ValkeyLocks } from './valkey-locks';

/** Where the locks are. */
export interface RedlockOptions {
  /** Clients of at least three Valkeys that have nothing in common, neither replication nor cluster. Odd numbers are best. */
  readonly clients: readonly ValkeyClient[];
  /**
   * What the keys begin with, `{<namespace>}:`.
   * @default locks
   */
  readonly namespace?: string;
  /**
   * How long one of them is waited for, in milliseconds. Much shorter than the heartbeat, or one that hangs takes the lease up.
   * @default - a twentieth of the lease
   */
  readonly nodeMilliseconds?: number;
  /** @default systemClock */
  readonly clock?: Clock;
}

/** What came of asking all nodes. */
interface Asked<Answer> {
  readonly answers: readonly Answer[];
  readonly failures: readonly unknown[];
}

/**
 * The Redlock algorithm: a lock is held by whom the majority of independent Valkeys says so. It outlives the loss of a minority.
 * The numbers of holders grow here too: the one that a majority agrees on, or the greatest, once a majority has stored it.
 *
 * A Valkey that restarts empty has forgotten who holds what: it should stay away for a lease (the page says how).
 */
export class Redlock implements LockBackend {
  private readonly nodes: readonly ValkeyLocks[];
  private readonly clock: Clock;
  private readonly quorum: number;
  private readonly nodeMilliseconds?: number;

  /** @throws RangeError when there are less than three clients, or one of them is given twice */
  public constructor({ clients, namespace, nodeMilliseconds, clock = systemClock }: RedlockOptions) {
    if (clients.length < 3 || new Set(clients).size < clients.length) {
      throw new RangeError(`Redlock over ${new Set(clients).size} different clients of ${clients.length}; allowed: at least three, each once`);
    }
    this.nodes = clients.map((client) => new ValkeyLocks({ client, namespace }));
    this.clock = clock;
    this.quorum = Math.floor(clients.length / 2) + 1;
    this.nodeMilliseconds = nodeMilliseconds;
  }

  public async acquire(claim: LockClaim): Promise<LockAttempt> {
    // One proposal for all, so that they agree at once.
    const now = this.clock.now();
    const { answers, failures } = await this.askAll(claim, (node) => node.acquire(claim, now));
    const fences = answers.flatMap(({ fence }) => fence ?? []);
    const fence = fences.length >= this.quorum ? await this.agree(claim, fences) : undefined;
    if (fence !== undefined) {
      return { fence };
    }
    // Also those that did not answer: they may do later what was asked.
    await this.askAll(claim, (node) => node.release(claim));
    if (answers.length < this.quorum) {
      throw this.unreachable(failures);
    }
    const rests = answers.flatMap(({ heldForMilliseconds }) => heldForMilliseconds ?? []);
    return rests.length > 0 ? { heldForMilliseconds: Math.min(...rests) } : {};
  }

  /**
   * Servers that have forgotten the lock, or never had it, join in; else a lock that is held for long would decay with every
   * server that is replaced. They count from the next renewal on: at every moment a majority has to have known of it all along.
   */
  public async renew(claim: LockClaim): Promise<boolean> {
    const { answers, failures } = await this.askAll(claim, (node) => node.join(claim));
    const kept = answers.filter(Boolean).length;
    if (kept < this.quorum && kept + failures.length >= this.quorum) {
      throw this.unreachable(failures);
    }
    return kept >= this.quorum;
  }

  public async release(claim: LockClaim): Promise<void> {
    const { answers, failures } = await this.askAll(claim, (node) => node.release(claim));
    if (answers.length < this.quorum) {
      throw this.unreachable(failures);
    }
  }

  /**
   * A number greater than that of every earlier holder. Each earlier one was stored by a majority, and any two majorities share a
   * node, so what a majority answers alike is greater than all of them. Otherwise the greatest answer is, but it counts only
   * once a majority has stored it for those who come later.
   */
  private async agree(claim: LockClaim, fences: readonly number[]): Promise<number | undefined> {
    const agreed = fences.find((fence) => fences.filter((other) => other === fence).length >= this.quorum);
    if (agreed !== undefined) {
      return agreed;
    }
    const greatest = Math.max(...fences);
    const { answers } = await this.askAll(claim, (node) => node.raise(claim, greatest));
    return answers.filter(Boolean).length >= this.quorum ? greatest : undefined;
  }

  private async askAll<Answer>(claim: LockClaim, question: (node: ValkeyLocks) => Promise<Answer>): Promise<Asked<Answer>> {
    const limit = this.nodeMilliseconds ?? claim.leaseMilliseconds / 20;
    const settled = await Promise.allSettled(this.nodes.map((node) => within(limit, question(node))));
    return {
      answers: settled.flatMap((one) => one.status === 'fulfilled' ? [one.value] : []),
      failures: settled.flatMap((one) => one.status === 'rejected' ? [one.reason] : []),
    };
  }

  private unreachable(failures: readonly unknown[]): AggregateError {
    const reached = this.nodes.length - failures.length;
    return new AggregateError(failures, `${reached} of ${this.nodes.length} nodes answered; ${this.quorum} must`);
  }
}
