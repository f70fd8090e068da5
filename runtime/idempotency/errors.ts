/** The key is taken by an attempt that is still under way, or that has crashed a short while ago. Nothing was done. */
export class KeyInProgressError extends Error {
  public override readonly name = 'KeyInProgressError';
  /** When asking again is worth it, in seconds. */
  public readonly retryAfterSeconds = 1;
}

/** The key came back with another request. Nothing was done. */
export class KeyReusedError extends Error {
  public override readonly name = 'KeyReusedError';
}

/**
 * The work took longer than its key was reserved for, and another attempt has begun: the effect may happen twice. The answer
 * is dropped, since the other attempt gives one: asking again brings it.
 */
export class OvertakenError extends Error {
  public override readonly name = 'OvertakenError';
  /** When asking again is worth it, in seconds. */
  public readonly retryAfterSeconds = 1;
}

/**
 * The work is done, and its answer could not be kept: see `cause`. The key stays taken until its reservation ends; whoever
 * asks after that has the work done again.
 */
export class AnswerNotKeptError extends Error {
  public override readonly name = 'AnswerNotKeptError';
}

/** The work is done, and its answer is too long to be kept. It is not done again for this key: repeats get this error too. */
export class AnswerTooLongError extends Error {
  public override readonly name = 'AnswerTooLongError';

  constructor(public readonly bytes: number, public readonly maxBytes: number) {
    super(`the answer has ${bytes} bytes as JSON, of which at most ${maxBytes} can be kept; answer a reference to it`);
  }
}
