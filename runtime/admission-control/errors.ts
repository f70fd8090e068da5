import { Problem } from '../problem';

/** Work that was turned away, since there is more of it than can be done. Nothing of it was begun. */
export class OverloadedError extends Error {
  public override readonly name = 'OverloadedError';

  constructor(
    /** What was over its limit: `backlog`, `concurrency`, or what a gate of your own says. */
    public readonly reason: string,
    /** When to come back: whole seconds, 1 or more, with jitter. */
    public readonly retryAfterSeconds: number,
  ) {
    super(`turned away: ${reason} is over its limit; try again in ${retryAfterSeconds} s`);
  }
}

/** The answer to an HTTP caller who is turned away: 503 with Retry-After (RFC 9110, sections 15.6.4 and 10.2.3). */
export function overloadedProblem({ reason, retryAfterSeconds }: OverloadedError): Problem {
  return new Problem({
    status: 503,
    detail: `There is more to do than can be done just now. Try again in ${retryAfterSeconds} s.`,
    headers: { 'retry-after': String(retryAfterSeconds) },
    extensions: { reason },
  });
}

/** Whole seconds, up to twice as long by chance: who is turned away together must not come back together. */
export function jittered(seconds: number, random: () => number): number {
  return Math.max(1, Math.ceil(seconds * (1 + random())));
}
