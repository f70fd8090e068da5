/** A session was changed by others again and again while it should be changed. Nothing is written. */
export class SessionBusyError extends Error {
  public override readonly name = 'SessionBusyError';

  public constructor(tries: number) {
    super(`the session was changed by others in each of ${tries} tries`);
  }
}

/** What should be kept in a session is too long. Nothing is written. */
export class SessionTooLargeError extends Error {
  public override readonly name = 'SessionTooLargeError';

  public constructor(bytes: number, allowed: number) {
    super(`${bytes} bytes of JSON in a session; allowed: ${allowed}. Keep an id in it, and the rest in a store`);
  }
}
