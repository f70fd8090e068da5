export { CircuitBreaker } from './circuit-breaker';
export { type CircuitBreakerProps } from './circuit-breaker-props';
