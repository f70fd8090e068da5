export { Idempotency, type IdempotencyProps } from './idempotency';
