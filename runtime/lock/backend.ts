/** Who wants which locks, for how long. */
export interface LockClaim {
  /** The locks, sorted, each once: all of them or none. */
  readonly names: readonly string[];
  /** Who asks: a text of its own for every call of `acquire`, so that a repeated request sees its own success. */
  readonly owner: string;
  /** After how long without renewal others may take the locks, in milliseconds. */
  readonly leaseMilliseconds: number;
}

/** What came of one attempt. */
export interface LockAttempt {
  /** The number of this holder, greater than that of every earlier holder of any of these locks; absent if somebody holds one. */
  readonly fence?: number;
  /** How long until the leases in the way end if nobody renews them, in milliseconds, where the backend can tell. */
  readonly heldForMilliseconds?: number;
}

/**
 * Where locks are kept. Each call is one attempt and, unless requests collide, one round trip. Waiting, renewing in time and
 * telling the holder are `DistributedLock`'s.
 */
export interface LockBackend {
  /**
   * Takes all the locks of a claim or none.
   *
   * @throws when it could not be asked; then it is unknown whether they are taken
   */
  acquire(claim: LockClaim): Promise<LockAttempt>;

  /**
   * Starts the lease anew.
   *
   * @returns false when the locks are no longer this owner's, for good
   * @throws when it could not be asked
   */
  renew(claim: LockClaim): Promise<boolean>;

  /**
   * Gives the locks back, where they are still this owner's.
   *
   * @throws when it could not be asked; the locks are then free when their lease ends
   */
  release(claim: LockClaim): Promise<void>;
}
