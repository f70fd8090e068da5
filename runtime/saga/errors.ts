/**
 * A step says no, and has had no effect: the card is declined, the seats are taken. It is not tried again, and is the one
 * failure after which the step itself is not undone. Throw it only before anything has happened.
 */
export class SagaRefused extends Error {
  public override readonly name = 'SagaRefused';
}

/**
 * The input of a saga and the results of its steps are more than AWS Step Functions hands on from state to state. It is not
 * tried again, and everything is undone. Put what is long into a store, and let the result say where it is.
 */
export class SagaTooLargeError extends Error {
  public override readonly name = 'SagaTooLargeError';

  constructor(public readonly bytes: number, public readonly maxBytes: number) {
    super(`input and results have ${bytes} bytes as JSON, of which at most ${maxBytes} are handed on; answer a reference`);
  }
}

/** The function was called by something that is no Saga, or as a step where it is an undo. */
export class SagaEventError extends Error {
  public override readonly name = 'SagaEventError';
}
