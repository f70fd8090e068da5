import type { SagaFailures } from './step';

/** What starts sagas and tells of them. The client `SFN` of `@aws-sdk/client-sfn` is one. */
export interface SagaExecutions {
  startExecution(request: { stateMachineArn: string; name: string; input: string }): Promise<{ executionArn?: string }>;
  describeExecution(request: { executionArn: string }): Promise<ExecutionDescription>;
}

/** What AWS Step Functions says of an execution. */
export interface ExecutionDescription {
  readonly status?: string;
  readonly output?: string;
  readonly error?: string;
  readonly cause?: string;
}

/** A saga that was started. */
export interface StartedSaga {
  readonly executionArn: string;
  /** False when one with that key had been started before; nothing was started then. */
  readonly started: boolean;
}

/**
 * How a saga stands: steps or undos are under way; every step is done; a step failed and what had happened is undone; or it
 * ended and what had happened is not undone, so that somebody must see to it.
 */
export type SagaStatus = 'running' | 'succeeded' | 'compensated' | 'broken';

/** How a saga stands, and why. */
export interface SagaOutcome {
  readonly status: SagaStatus;
  /** What the steps answered, by their names; undefined unless it succeeded. */
  readonly results?: Readonly<Record<string, unknown>>;
  /** What failed, by the names of the steps; undefined unless something did. */
  readonly failed?: SagaFailures;
  /** The error that it ended with: `Saga.Compensated`, `Saga.CompensationFailed`, or one of AWS Step Functions. */
  readonly error?: string;
}

/**
 * Starts a saga, once for each key: a second start answers the first one's execution. AWS Step Functions remembers a key for
 * 90 days after the end. It does not compare the input.
 *
 * @param key what the saga stands for, as the caller knows it, for example an order number: 1 to 80 letters, digits, - and _
 * @throws RangeError when the key is something else
 */
export async function startSaga(
  executions: Pick<SagaExecutions, 'startExecution'>, stateMachineArn: string, key: string, input: unknown,
): Promise<StartedSaga> {
  if (!/^[A-Za-z0-9_-]{1,80}$/.test(key)) {
    throw new RangeError(`the key is '${key}'; allowed: 1 to 80 letters, digits, - and _`);
  }
  const existing = `${stateMachineArn.replace(':stateMachine:', ':execution:')}:${key}`;
  try {
    const request = { stateMachineArn, name: key, input: JSON.stringify(input) };
    const { executionArn = existing } = await executions.startExecution(request);
    return { executionArn, started: true };
  } catch (error) {
    if (error instanceof Error && error.name === 'ExecutionAlreadyExists') {
      return { executionArn: existing, started: false };
    }
    throw error;
  }
}

/** How a saga stands. It is known for 90 days after the end. */
export async function sagaOutcome(
  executions: Pick<SagaExecutions, 'describeExecution'>, executionArn: string,
): Promise<SagaOutcome> {
  const { status, output, error, cause } = await executions.describeExecution({ executionArn });
  switch (status) {
    case 'RUNNING':
    case 'PENDING_REDRIVE':
      return { status: 'running' };
    case 'SUCCEEDED':
      return { status: 'succeeded', results: JSON.parse(output ?? '{}') as Record<string, unknown> };
    default:
      return {
        status: error === 'Saga.Compensated' ? 'compensated' : 'broken',
        failed: error?.startsWith('Saga.') ? JSON.parse(cause ?? '{}') as SagaFailures : undefined,
        error: error ?? status,
      };
  }
}
