import type { Clock, LockAttempt, LockBackend, LockClaim } from '../../runtime';

/** A backend that can be told to fail, to be late, and to forget. */
export class LocksInMemory implements LockBackend {
  public readonly calls: string[] = [];
  public readonly held = new Map<string, { owner: string; expiresAt: number }>();
  /** Asked before each call; its error fails the call. */
  public before?: (call: 'acquire' | 'renew' | 'release') => unknown;
  /** The same after the call has taken effect: its answer is lost. */
  public after?: (call: 'acquire' | 'renew' | 'release') => unknown;
  private fence = 0;

  public constructor(private readonly clock: Clock) {}

  public acquire(claim: LockClaim): Promise<LockAttempt> {
    return this.run('acquire', () => {
      const now = this.clock.now();
      const inTheWay = claim.names.flatMap((name) => {
        const lock = this.held.get(name);
        return lock && lock.owner !== claim.owner && lock.expiresAt > now ? [lock.expiresAt - now] : [];
      });
      if (inTheWay.length > 0) {
        return { heldForMilliseconds: Math.max(...inTheWay) };
      }
      claim.names.forEach((name) => this.held.set(name, { owner: claim.owner, expiresAt: now + claim.leaseMilliseconds }));
      return { fence: this.fence += 1 };
    });
  }

  public renew(claim: LockClaim): Promise<boolean> {
    return this.run('renew', () => {
      const mine = claim.names.every((name) => this.held.get(name)?.owner === claim.owner);
      if (mine) {
        const expiresAt = this.clock.now() + claim.leaseMilliseconds;
        claim.names.forEach((name) => this.held.set(name, { owner: claim.owner, expiresAt }));
      }
      return mine;
    });
  }

  public release(claim: LockClaim): Promise<void> {
    return this.run('release', () => {
      claim.names.filter((name) => this.held.get(name)?.owner === claim.owner).forEach((name) => this.held.delete(name));
    });
  }

  private async run<Answer>(call: 'acquire' | 'renew' | 'release', act: () => Answer): Promise<Answer> {
    this.calls.push(call);
    await this.before?.(call);
    const answer = act();
    await this.after?.(call);
    return answer;
  }
}
