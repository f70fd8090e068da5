import { SagaEventError, SagaTooLargeError } from './errors';

/** 256 KiB are handed on from state to state (AWS Step Functions Developer Guide, "Quotas"); the rest is for errors. */
const MAX_BYTES = 250_000;

/** What a step of a saga is given. */
export interface SagaCall<Input, Results = Readonly<Record<string, unknown>>> {
  /**
   * The same for every attempt of this step in this saga, and for nothing else: `<execution>/<step>/do`. Make the effect
   * idempotent by it, since a step comes again after a failure, and now and then for no reason.
   */
  readonly key: string;
  /** What the saga was started with. */
  readonly input: Input;
  /** What the steps before it answered, by their names. */
  readonly results: Results;
}

/** What the undo of a step is given. */
export interface SagaUndoCall<Input, Results = Readonly<Record<string, unknown>>> extends SagaCall<Input, Partial<Results>> {
  /** The key that the step itself was given: under it, its effect is found, if it has had one. */
  readonly undoes: string;
  /** What failed, by the names of the steps. */
  readonly failed: SagaFailures;
}

/** Errors as AWS Step Functions tells them. */
export interface SagaFailure {
  /** The name of the error: `CardDeclinedError`, `States.Timeout`. */
  readonly Error: string;
  /** More about it; JSON with `errorMessage` when a function threw. */
  readonly Cause?: string;
}

/** What failed in a saga, by the names of the steps. */
export interface SagaFailures {
  readonly do?: Readonly<Record<string, SagaFailure>>;
  readonly undo?: Readonly<Record<string, SagaFailure>>;
}

/**
 * A function that is a step of a Saga: export it as `handler`.
 *
 * @param perform has the effect, once for each key, and answers what later steps and undos need. What it throws is tried
 *   again, as the Saga says, and then everything is undone, this step included: an error does not tell whether the effect
 *   has happened. `SagaRefused` does: nothing has.
 * @throws SagaEventError when it is called by something else than a Saga, SagaTooLargeError when input and results are too
 *   long to be handed on, and whatever `perform` throws
 */
export function sagaStep<Input, Result, Results = Readonly<Record<string, unknown>>>(
  perform: (call: SagaCall<Input, Results>) => Promise<Result>,
): (event: SagaCall<Input, Results>) => Promise<Result> {
  return async (event) => {
    expectKey(event, 'do');
    const result = await perform(event);
    const bytes = Buffer.byteLength(JSON.stringify([event.input, event.results, result]));
    if (bytes > MAX_BYTES) {
      throw new SagaTooLargeError(bytes, MAX_BYTES);
    }
    return result;
  };
}

/**
 * A function that undoes a step of a Saga: export it as `handler`.
 *
 * @param compensate takes the effect back that the step had under the key `undoes`. It must be idempotent, succeed when there
 *   is nothing to take back, and leave a mark so that an attempt of the step that comes later does nothing.
 * @throws SagaEventError when it is called by something else than a Saga, and whatever `compensate` throws
 */
export function sagaUndo<Input, Results = Readonly<Record<string, unknown>>>(
  compensate: (call: SagaUndoCall<Input, Results>) => Promise<unknown>,
): (event: SagaUndoCall<Input, Results>) => Promise<void> {
  return async (event) => {
    expectKey(event, 'undo');
    await compensate(event);
  };
}

function expectKey(event: { readonly key?: unknown } | undefined, kind: 'do' | 'undo'): void {
  const key = event?.key;
  if (typeof key !== 'string' || !key.endsWith(`/${kind}`)) {
    throw new SagaEventError(`the key is ${JSON.stringify(key)}; a Saga gives <execution>/<step>/${kind}`);
  }
}
