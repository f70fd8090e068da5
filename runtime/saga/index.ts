export { SagaEventError, SagaRefused, SagaTooLargeError } from './errors';
export {
  type ExecutionDescription, type SagaExecutions, type SagaOutcome, sagaOutcome, type SagaStatus, type StartedSaga, startSaga,
} from './execution';
export { stateMachineArn } from './settings';
export { type SagaCall, type SagaFailure, type SagaFailures, sagaStep, sagaUndo, type SagaUndoCall } from './step';
