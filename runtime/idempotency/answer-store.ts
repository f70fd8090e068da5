/** One attempt to do what a key stands for. */
export interface KeyedRun {
  /** The record of the key. */
  readonly id: string;
  /** Tells this attempt from every other one of the same key. */
  readonly run: string;
  /** The fingerprint of what was asked for, when that is compared. */
  readonly validation?: string;
}

/** What is known of a key that is taken. */
export interface TakenKey {
  /** The attempt that took it. */
  readonly run: string;
  /** The fingerprint of what was asked for, when that is compared. */
  readonly validation?: string;
  /** Whether the attempt has ended; otherwise it is under way, or has crashed a short while ago. */
  readonly completed: boolean;
  /** Its answer as JSON; undefined when it answered nothing, or more than can be kept. */
  readonly data?: string;
  /** How long an answer was that was too long to be kept, in bytes. */
  readonly tooLong?: number;
}

/** What is kept of an attempt that has ended. */
export type KeptOutcome = Pick<TakenKey, 'data' | 'tooLong'>;

/** Where answers are kept for the keys they were given under. Every method is one round trip and one atomic step. */
export interface AnswerStore {
  /**
   * Takes a key for an attempt, unless it is taken. A key whose attempt has neither ended nor failed is free again after so
   * many milliseconds.
   *
   * @returns who has taken it; undefined when it was free
   */
  begin(run: KeyedRun, inProgressMilliseconds: number): Promise<TakenKey | undefined>;

  /**
   * Keeps the outcome of an attempt, unless another attempt has taken the key meanwhile.
   *
   * @returns whether it is kept
   */
  complete(run: KeyedRun, outcome: KeptOutcome, expirySeconds: number): Promise<boolean>;

  /** Frees the key, unless another attempt has taken it meanwhile. */
  release(run: KeyedRun): Promise<void>;
}
