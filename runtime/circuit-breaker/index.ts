export { CircuitBreaker, type CircuitBreakerOptions, type CircuitStatus, type RunOptions } from './circuit-breaker';
export { type CircuitState } from './circuit';
export { DynamoDbCircuits, type DynamoDbCircuitsOptions } from './dynamo-db-circuits';
export { CircuitOpenError, circuitProblem, CircuitTimeoutError, isDependencyFailure } from './errors';
export { MemoryCircuits } from './memory-circuits';
export { type CircuitPolicy } from './policy';
export { circuitBreakerSettings, type CircuitBreakerSettings } from './settings';
export { type CircuitReport, type CircuitSnapshot, type CircuitStore } from './store';
export { ValkeyCircuits, type ValkeyCircuitsOptions } from './valkey-circuits';
