import type { FunctionService } from '../function-service/index';
import { completeStepRetry, type SagaStep, type StepRetry } from './saga-step';

/** The states in which a saga ends that did not succeed. Names of steps have no spaces, so none is mistaken for them. */
export const COMPENSATED = 'Saga compensated';
export const COMPENSATION_FAILED = 'Compensation failed';

const BEGIN = 'Saga begins';
/** The longest a function can run, for those that do not tell. */
const LONGEST_SECONDS = 900;
/** What an answer may take to come back, in seconds. */
const GRACE_SECONDS = 30;

/** Errors of AWS Lambda itself, which pass (AWS Step Functions Developer Guide, "Handle transient Lambda service exceptions"). */
const TRANSIENT = ['ClientExecutionTimeout', 'Service', 'AWSLambda', 'SdkClient', 'TooManyRequests']
  .map((name) => `Lambda.${name}Exception`);
/** Errors of `cdk-system-blueprints/runtime/saga` that would only come again. */
const REFUSED = 'SagaRefused';
const FINAL = [REFUSED, 'SagaTooLargeError', 'SagaEventError'];

/** The state machine of a saga, in the Amazon States Language. */
export interface Definition {
  readonly StartAt: string;
  readonly States: { readonly [name: string]: object };
}

/** Writes the steps one after the other, and their undos in the opposite order. */
export function definitionOf(steps: readonly SagaStep[], undoRetry?: StepRetry): Definition {
  const states = steps.map((step, index) => [step.name, doState(step, steps[index + 1], undosOf(steps.slice(0, index)))]);
  const undos = steps.flatMap((step, index) => step.undo
    ? [[undoName(step), undoState(step, step.undo, undosOf(steps.slice(0, index)), undoRetry)]]
    : []);
  return {
    StartAt: BEGIN,
    States: {
      [BEGIN]: { Type: 'Pass', Parameters: { 'input.$': '$', 'results': {} }, Next: steps[0]!.name },
      ...Object.fromEntries(states) as Definition['States'],
      ...Object.fromEntries(undos) as Definition['States'],
      [COMPENSATED]: failure('Compensated'),
      [COMPENSATION_FAILED]: failure('CompensationFailed'),
    },
  };
}

/** Not a reference to the cause of one error, which may have none. */
const failure = (what: string) => ({ Type: 'Fail', Error: `Saga.${what}`, CausePath: 'States.JsonToString($.failed)' });

/** Where undoing begins after some steps: the undo of the last one that has one. */
function undosOf(done: readonly SagaStep[]): string {
  const last = done.filter(({ undo }) => undo).at(-1);
  return last ? undoName(last) : COMPENSATED;
}

const undoName = ({ name }: SagaStep) => `Undo ${name}`;

function doState(step: SagaStep, next: SagaStep | undefined, undoEarlier: string): object {
  const { name } = step;
  const caught = { ResultPath: `$.failed.do.${name}` };
  return {
    Type: 'Task',
    ...invocation(step.do, { 'key.$': keyOf(name, 'do') }),
    ResultPath: `$.results.${name}`,
    Retry: [{ ErrorEquals: FINAL, MaxAttempts: 0 }, ...retriers(completeStepRetry(step.retry))],
    Catch: [
      { ErrorEquals: [REFUSED], ...caught, Next: undoEarlier },
      // Any other failure does not tell whether the effect has happened, so it is taken back too. The first of the two
      // errors is caught by its name only.
      { ErrorEquals: ['States.DataLimitExceeded'], ...caught, Next: step.undo ? undoName(step) : undoEarlier },
      { ErrorEquals: ['States.ALL'], ...caught, Next: step.undo ? undoName(step) : undoEarlier },
    ],
    ...next ? { Next: next.name } : { OutputPath: '$.results', End: true },
  };
}

function undoState(step: SagaStep, undo: FunctionService, undoEarlier: string, retry?: StepRetry): object {
  const { name } = step;
  return {
    Type: 'Task',
    ...invocation(undo, { 'key.$': keyOf(name, 'undo'), 'undoes.$': keyOf(name, 'do'), 'failed.$': '$.failed' }),
    ResultPath: null,
    Retry: retriers(completeStepRetry(retry, 8)),
    Catch: [{ ErrorEquals: ['States.ALL'], ResultPath: `$.failed.undo.${name}`, Next: COMPENSATION_FAILED }],
    Next: undoEarlier,
  };
}

/** The ARN itself, not the integration `lambda:invoke`: the answer then is the result, without what is around it. */
function invocation(service: FunctionService, parameters: { readonly [name: string]: string }): object {
  const { timeout } = service;
  const seconds = timeout === undefined || timeout.isUnresolved() ? LONGEST_SECONDS : timeout.toSeconds();
  return {
    Resource: service.function.functionArn,
    // Never before AWS Lambda gives up: an undo must not begin while its step is still running.
    TimeoutSeconds: seconds + GRACE_SECONDS,
    Parameters: { ...parameters, 'input.$': '$.input', 'results.$': '$.results' },
  };
}

const keyOf = (name: string, kind: 'do' | 'undo') => `States.Format('{}/${name}/${kind}', $$.Execution.Name)`;

function retriers(retry: Required<StepRetry>): object[] {
  return [
    { ErrorEquals: TRANSIENT, ...backoff(2, 60), MaxAttempts: 6 },
    { ErrorEquals: ['States.ALL'], ...backoff(retry.firstDelay.toSeconds(), retry.maxDelay.toSeconds()), MaxAttempts: retry.maxAttempts - 1 },
  ];
}

const backoff = (IntervalSeconds: number, most: number) => ({
  IntervalSeconds,
  // The longest interval must be longer than the first.
  ...most === IntervalSeconds ? { BackoffRate: 1 } : { BackoffRate: 2, MaxDelaySeconds: most },
  JitterStrategy: 'FULL',
});
