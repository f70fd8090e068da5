export type { AnswerStore, KeptOutcome, KeyedRun, TakenKey } from './answer-store';
export { DynamoDbAnswers, type DynamoDbAnswersOptions } from './dynamodb-answers';
export { AnswerNotKeptError, AnswerTooLongError, KeyInProgressError, KeyReusedError, OvertakenError } from './errors';
export { answerOnce, type AnswerOnceOptions, idempotencyKey, type IdempotencyKeyOptions, idempotencyProblem } from './http';
export { Idempotency, type IdempotencyOptions, type IdempotentRunOptions, type TimeBudget, type IdempotentFunctionOptions } from './idempotency';
export { cancellationCodes, once, type OnceOptions, type TransactWrite } from './once';
export { idempotencySettings } from './settings';
export { ValkeyAnswers, type ValkeyAnswersOptions } from './valkey-answers';
