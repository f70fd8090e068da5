import { Problem } from '../problem';

/** Somebody else has appended since the caller read the stream. Read it again, decide again, append again. */
export class ConcurrencyError extends Error {
  public override readonly name = 'ConcurrencyError';

  constructor(
    public readonly stream: string,
    /** The version that the stream was to be at. */
    public readonly expected: number | 'any',
    /** The version that it is at: of its last event, 0 without one. */
    public readonly actual: number,
  ) {
    super(expected === 'any'
      ? `${stream} is at version ${actual}: others were faster at every attempt`
      : `${stream} is at version ${actual}, not ${expected}`);
  }
}

/** What was to be appended is nothing that can be. Sending it again is of no use. */
export class InvalidAppendError extends Error {
  public override readonly name = 'InvalidAppendError';
}

/** What was to be stored is larger than DynamoDB takes. Keep the bulk in an object store, and its key in the event. */
export class ItemTooLargeError extends Error {
  public override readonly name = 'ItemTooLargeError';

  constructor(what: string, public readonly stream: string, public readonly bytes: number, public readonly limitBytes: number) {
    super(`${what} of ${stream}: ${bytes} bytes; DynamoDB takes ${limitBytes}`);
  }
}

/** A version is missing in the middle of a stream: somebody deleted it, or wrote past this library. */
export class BrokenHistoryError extends Error {
  public override readonly name = 'BrokenHistoryError';

  constructor(public readonly stream: string, public readonly expected: number, public readonly found: number) {
    super(`${stream} has no version ${expected}; ${found} comes next`);
  }
}

/** The answer to an HTTP caller whose view of a stream is out of date: 409, with where the stream is. */
export function concurrencyProblem({ message, actual, expected }: ConcurrencyError): Problem {
  return new Problem({ status: 409, detail: message, extensions: { expected, actual } });
}
