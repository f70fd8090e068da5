import { Problem } from '../problem';
import type { RateLimitAnswer } from './rate-limit';

/**
 * The headers that tell a client what it may still do: `ratelimit-policy` and `ratelimit` (draft-ietf-httpapi-ratelimit-headers)
 * and, when it was refused, `retry-after` (RFC 9110). For the answers that are allowed as well as for those that are not.
 *
 * @param policy the name of the limit, where there are several: letters, digits, `_` and `-`
 */
export function rateLimitHeaders(answer: RateLimitAnswer, policy: string = 'default'): Record<string, string> {
  const { limit, windowSeconds, remaining, resetSeconds } = answer;
  if (answer.unavailable) {
    return retryAfter(answer);
  }
  return {
    'ratelimit-policy': `"${policy}";q=${limit};w=${Math.ceil(windowSeconds)}`,
    ratelimit: `"${policy}";r=${remaining};t=${Math.ceil(resetSeconds)}`,
    ...retryAfter(answer),
  };
}

/**
 * What to throw when a take was not allowed: 429, or 503 when the limiter could not count and refuses then.
 *
 * @param policy as in `rateLimitHeaders`
 */
export function rateLimitProblem(answer: RateLimitAnswer, policy?: string): Problem {
  const headers = rateLimitHeaders(answer, policy);
  const seconds = Math.max(1, Math.ceil(answer.retryAfterSeconds));
  return answer.unavailable
    ? new Problem({ status: 503, detail: `Requests cannot be counted right now. Try again in ${seconds} s.`, headers })
    : new Problem({ status: 429, detail: `Too many requests. Try again in ${seconds} s.`, headers });
}

/** Whole seconds, rounded up: who comes back then is not refused for a fraction. */
function retryAfter({ allowed, retryAfterSeconds }: RateLimitAnswer): Record<string, string> {
  return allowed ? {} : { 'retry-after': String(Math.max(1, Math.ceil(retryAfterSeconds))) };
}
