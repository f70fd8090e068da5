export { type Backoff, exponentialBackoff, type ExponentialBackoffOptions, type Jitter } from './backoff';
export { type GaveUp, RetryError } from './errors';
export { type FailedAttempt, retry, type RetryOptions } from './retry';
export { RetryBudget, type RetryBudgetOptions } from './retry-budget';
