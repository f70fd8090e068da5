const quoted = (names: readonly string[]) => names.map((name) => `'${name}'`).join(', ');

/** Somebody else held the lock as long as the caller was ready to wait. */
export class LockNotAcquiredError extends Error {
  public override readonly name = 'LockNotAcquiredError';

  /**
   * @param names what was asked for
   * @param waitedMilliseconds how long, in milliseconds
   * @param retryAfterSeconds when to ask again, in whole seconds: the lease in the way ends then unless renewed
   */
  public constructor(
    public readonly names: readonly string[],
    public readonly waitedMilliseconds: number,
    public readonly retryAfterSeconds: number,
  ) {
    super(`${quoted(names)} not acquired within ${Math.round(waitedMilliseconds)} ms: held by somebody else`);
  }
}

/**
 * The lock ended before its holder released it: its lease ran out (the backend was out of reach, or this process stood still),
 * or somebody else has taken it. From then on the holder was not alone; only what is fenced is still safe.
 */
export class LockLostError extends Error {
  public override readonly name = 'LockLostError';

  /**
   * @param names what was held
   * @param fence the number of the holder
   * @param why what ended it, in words
   * @param options the cause: why the last renewal failed, or the error of the task that ran meanwhile
   */
  public constructor(
    public readonly names: readonly string[], public readonly fence: number, public readonly why: string, options?: ErrorOptions,
  ) {
    super(`${quoted(names)} lost (fence ${fence}): ${why}`, options);
  }
}

/** The backend could not be asked: it is unknown whether the lock is free. The cause tells why. */
export class LockUnavailableError extends Error {
  public override readonly name = 'LockUnavailableError';

  /** @param names what was asked for */
  public constructor(public readonly names: readonly string[], options: ErrorOptions) {
    super(`the backend of ${quoted(names)} could not be asked`, options);
  }
}
