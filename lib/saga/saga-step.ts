import { Duration } from 'aws-cdk-lib';
import type { FunctionService } from '../function-service/index';

/** How a step that fails is tried again: exponential backoff with full jitter. */
export interface StepRetry {
  /**
   * How often it is tried in all, 1 to 100.
   * @default - 3; 8 of an undo
   */
  readonly maxAttempts?: number;
  /**
   * The longest wait after the first failure; it doubles with every further one. Whole seconds, 1 s to 1 day.
   * @default Duration.seconds(1)
   */
  readonly firstDelay?: Duration;
  /**
   * The longest wait of all. Whole seconds, 1 s to 1 day.
   * @default Duration.minutes(1)
   */
  readonly maxDelay?: Duration;
}

/** A step of a Saga, and how it is undone. */
export interface SagaStep {
  /** What it is called, under which later steps find its answer: a letter, then up to 59 letters, digits and _. */
  readonly name: string;
  /**
   * Has the effect. Its code is a `sagaStep` of `cdk-system-blueprints/runtime/saga`; how long an attempt may take is the timeout
   * of the function.
   */
  readonly do: FunctionService;
  /**
   * Takes the effect back, also where it is not certain that it has happened. Its code is a `sagaUndo` of
   * `cdk-system-blueprints/runtime/saga`.
   * @default - there is nothing to take back
   */
  readonly undo?: FunctionService;
  /**
   * How it is tried again. `SagaRefused` never is; errors of AWS Lambda itself are tried 7 times in any case.
   * @default - 3 attempts, exponential backoff from 1 s to 1 min with full jitter
   */
  readonly retry?: StepRetry;
}

/** A retry with nothing left open. */
export function completeStepRetry(retry: StepRetry = {}, maxAttempts: number = 3): Required<StepRetry> {
  return {
    maxAttempts: retry.maxAttempts ?? maxAttempts,
    firstDelay: retry.firstDelay ?? Duration.seconds(1),
    maxDelay: retry.maxDelay ?? Duration.minutes(1),
  };
}
