import { type Environment, MissingSettingError, readSetting, wiredBy } from '../environment';
import type { RateLimit } from './rate-limit';

/** What a RateLimiter construct tells the code. */
export interface RateLimitSettings {
  readonly limit: RateLimit;
  readonly whenUnavailable: 'open' | 'closed';
  /** For `ValkeyLimits` and `DynamoDbLimits`. */
  readonly namespace: string;
}

const FORM = /^(?:token-bucket,(\d{1,7}),(\d{1,7}),(\d{1,7})|sliding-window,(\d{1,7}),(\d{1,7})),(open|closed),([\w-]+)$/;

/**
 * The settings of a limiter, from `<NAME>_RATE_LIMIT`: algorithm, requests, seconds of the window, burst of a token bucket, what
 * happens when it is unavailable, and its namespace: `token-bucket,100,60,20,open,ShopLimit`,
 * `sliding-window,100,60,closed,ShopLimit`.
 *
 * @param name what the limiter is wired under, for example `LIMIT`
 * @throws MissingSettingError when the limiter is not wired to this function, or the value cannot be read
 */
export function rateLimitSettings(name: string, environment: Environment = process.env): RateLimitSettings {
  const variable = `${name}_RATE_LIMIT`;
  const setBy = wiredBy('limiter', name);
  const value = readSetting(variable, setBy, environment);
  const [, requests, windowSeconds, burst, perWindow, length, whenUnavailable, namespace] = FORM.exec(value) ?? [];
  if (namespace === undefined) {
    throw new MissingSettingError(`${variable} is '${value}', which cannot be read; it is set by ${setBy}`);
  }
  return {
    limit: requests === undefined
      ? { algorithm: 'sliding-window', requests: Number(perWindow), windowSeconds: Number(length) }
      : { algorithm: 'token-bucket', requests: Number(requests), windowSeconds: Number(windowSeconds), burst: Number(burst) },
    whenUnavailable: whenUnavailable as 'open' | 'closed',
    namespace,
  };
}
