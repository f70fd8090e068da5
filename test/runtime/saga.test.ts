import type { SFN } from '@aws-sdk/client-sfn';
import {
  type SagaCall, SagaEventError, type SagaExecutions, sagaOutcome, SagaRefused, sagaStep, SagaTooLargeError, sagaUndo,
  type SagaUndoCall, startSaga, stateMachineArn,
} from '../../runtime/saga';

const call: SagaCall<{ order: string }> = { key: 'o-1/Charge/do', input: { order: 'o-1' }, results: { Reserve: { seat: 7 } } };
const undoCall: SagaUndoCall<{ order: string }> = {
  ...call, key: 'o-1/Charge/undo', undoes: 'o-1/Charge/do', failed: { do: { Send: { Error: 'MailError', Cause: '{}' } } },
};

describe('a step', () => {
  test('gets its key, the input and earlier results, and answers', async () => {
    const step = sagaStep(async ({ key, input, results }: SagaCall<{ order: string }, { Reserve: { seat: number } }>) =>
      ({ charged: `${input.order}, seat ${results.Reserve.seat}`, under: key }));
    await expect(step(call as SagaCall<{ order: string }, { Reserve: { seat: number } }>))
      .resolves.toEqual({ charged: 'o-1, seat 7', under: 'o-1/Charge/do' });
  });

  test('fails with the error of its work, by the name that the state machine knows', async () => {
    await expect(sagaStep(() => Promise.reject(new SagaRefused('card declined')))(call)).rejects.toMatchObject({
      name: 'SagaRefused', message: 'card declined',
    });
  });

  test('answers no more than can be handed on: input and results count', async () => {
    const answering = (length: number) => sagaStep(async () => 'x'.repeat(length));
    const room = 250_000 - JSON.stringify([call.input, call.results, '']).length;
    await expect(answering(room)(call)).resolves.toHaveLength(room);
    await expect(answering(room + 1)(call)).rejects.toThrow(new SagaTooLargeError(250_001, 250_000));
    await expect(answering(room + 1)(call)).rejects.toMatchObject({ name: 'SagaTooLargeError' });
  });

  test('may answer nothing', async () => {
    await expect(sagaStep(async () => undefined)(call)).resolves.toBeUndefined();
  });
});

describe('an undo', () => {
  test('gets the key of what it undoes and what failed, and answers nothing', async () => {
    const seen: unknown[] = [];
    const undo = sagaUndo(async ({ key, undoes, failed }) => seen.push(key, undoes, failed.do?.Send?.Error));
    await expect(undo(undoCall)).resolves.toBeUndefined();
    expect(seen).toEqual(['o-1/Charge/undo', 'o-1/Charge/do', 'MailError']);
  });

  test('and a step are not mistaken for each other, nor called by others', async () => {
    const never = jest.fn();
    const [step, undo] = [sagaStep(never), sagaUndo(never)];
    const calls = [[step, undoCall], [undo, { ...undoCall, key: call.key }], [step, {}], [step, undefined]] as const;
    for (const [handler, event] of calls) {
      await expect((handler as (event: unknown) => Promise<unknown>)(event)).rejects.toThrow(SagaEventError);
    }
    expect(never).not.toHaveBeenCalled();
  });
});

describe('an execution', () => {
  const ARN = 'arn:aws:states:eu-west-1:111122223333:stateMachine:Checkout';
  const EXECUTION = 'arn:aws:states:eu-west-1:111122223333:execution:Checkout:o-1';
  const named = (name: string) => Object.assign(new Error(name), { name });

  test('is started under the key of the caller', async () => {
    const startExecution = jest.fn(async () => ({ executionArn: EXECUTION }));
    await expect(startSaga({ startExecution }, ARN, 'o-1', { order: 'o-1' })).resolves.toEqual({ executionArn: EXECUTION, started: true });
    expect(startExecution.mock.calls).toEqual([[{ stateMachineArn: ARN, name: 'o-1', input: '{"order":"o-1"}' }]]);
  });

  test('is the same when it is started again', async () => {
    const startExecution = () => Promise.reject(named('ExecutionAlreadyExists'));
    await expect(startSaga({ startExecution }, ARN, 'o-1', {})).resolves.toEqual({ executionArn: EXECUTION, started: false });
  });

  test('is not started under a key that is none, and other errors are passed on', async () => {
    const startExecution = jest.fn(() => Promise.reject(named('StateMachineDoesNotExist')));
    for (const key of ['', 'a b', 'x'.repeat(81)]) {
      await expect(startSaga({ startExecution }, ARN, key, {})).rejects.toThrow(RangeError);
    }
    expect(startExecution).not.toHaveBeenCalled();
    await expect(startSaga({ startExecution }, ARN, 'o-1', {})).rejects.toThrow('StateMachineDoesNotExist');
  });

  const failed = { do: { Charge: { Error: 'SagaRefused', Cause: '{"errorMessage":"declined"}' } } };
  test.each([
    [{ status: 'RUNNING' }, { status: 'running' }],
    [{ status: 'SUCCEEDED', output: '{"Reserve":1}' }, { status: 'succeeded', results: { Reserve: 1 } }],
    [{ status: 'FAILED', error: 'Saga.Compensated', cause: JSON.stringify(failed) }, { status: 'compensated', failed, error: 'Saga.Compensated' }],
    [{ status: 'FAILED', error: 'Saga.CompensationFailed', cause: JSON.stringify(failed) }, { status: 'broken', failed, error: 'Saga.CompensationFailed' }],
    [{ status: 'FAILED', error: 'States.Runtime', cause: 'no JSON' }, { status: 'broken', error: 'States.Runtime' }],
    [{ status: 'ABORTED' }, { status: 'broken', error: 'ABORTED' }],
  ])('tells how it stands: %j', async (description, outcome) => {
    await expect(sagaOutcome({ describeExecution: async () => description }, EXECUTION)).resolves.toEqual(outcome);
  });
});

test('the client of the SDK can be given as it is', () => {
  const fits = (sfn: SFN): SagaExecutions => sfn;
  expect(fits).toBeDefined();
});

test('the state machine is found by the name it was wired under', () => {
  expect(stateMachineArn('CHECKOUT', { CHECKOUT_STATE_MACHINE_ARN: 'arn' })).toBe('arn');
  expect(() => stateMachineArn('CHECKOUT', {})).toThrow("CHECKOUT_STATE_MACHINE_ARN is not set; it is set by compute.use(saga, access, { name: 'CHECKOUT' })");
});
