/** What is kept of a session. */
export interface SessionRecord {
  /** Whose session it is; undefined before sign-in. */
  readonly user?: string;
  /** The epoch of the user in which it was signed in. */
  readonly epoch?: string;
  /** What the program keeps in it, as JSON. */
  readonly data: string;
  /** Grows by one with every write. */
  readonly version: number;
  /** When it began, in milliseconds of the epoch of Unix. */
  readonly startedAt: number;
  /** When it ends however much it is used, in milliseconds of the epoch of Unix. */
  readonly endsAt: number;
}

/**
 * Where sessions are kept. A user has an epoch, a random text that begins with the first sign-in and ends with a sign-out
 * everywhere: a session of another epoch is over. An epoch that is lost ends sessions; it never revives one.
 */
export interface SessionBackend {
  /** Keeps a new session under a key that nobody else has. */
  create(key: string, record: SessionRecord, idleMilliseconds: number): Promise<void>;

  /** Finds a session, and lets it live for so long if nobody asks again; undefined when it has ended. */
  find(key: string, idleMilliseconds: number): Promise<SessionRecord | undefined>;

  /**
   * Replaces the data of a session.
   *
   * @param version the version that was read
   * @returns false when it has another version by now, or has ended
   */
  write(key: string, data: string, version: number): Promise<boolean>;

  /** Ends a session. */
  remove(key: string): Promise<void>;

  /** The epoch of a user; begins one when there is none. It is kept for so long at least. */
  joinEpoch(user: string, milliseconds: number): Promise<string>;

  /** The epoch of a user; undefined when there is none. */
  epochOf(user: string): Promise<string | undefined>;

  /** Ends the epoch of a user, and so all of the user's sessions. */
  endEpoch(user: string): Promise<void>;
}
