export { FailMode, RateLimitAlgorithm } from './rate-limit';
export { RateLimiter, type RateLimiterProps } from './rate-limiter';
