import { runScript, type ValkeyClient } from '../valkey';
import type { LimitAlgorithm, RateLimitAnswer, RateLimitBackend } from './rate-limit';
import type { SlidingWindow } from './sliding-window';
import type { TokenBucket } from './token-bucket';

// Both begin with the time of the server, so that the clocks of callers do not matter. Numbers go back as text: exactly.

/** The key holds the theoretical arrival time in microseconds, and expires when the bucket is full. */
const TAKE_TOKEN = `
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local interval, span, cost = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local arrival = math.max(tonumber(redis.call('GET', KEYS[1]) or 0), now)
local next = arrival + cost * interval
local allowed = next - now <= span
if allowed then
  redis.call('SET', KEYS[1], string.format('%.0f', next), 'PX', math.ceil((next - now) / 1000))
  arrival = next
end
return {allowed and 1 or 0, string.format('%.0f', now), string.format('%.0f', arrival)}`;

/** The key holds a hash of start (milliseconds), current and previous, and expires when it no longer counts. */
const TAKE_OF_WINDOW = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local length, limit, cost = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local held = redis.call('HMGET', KEYS[1], 'start', 'current', 'previous')
local start, current, previous = tonumber(held[1] or 0), tonumber(held[2] or 0), tonumber(held[3] or 0)
local this = now - now % length
if start < this then
  previous = start == this - length and current or 0
  start, current = this, 0
end
local rest = length - math.max(0, now - start)
local allowed = previous * rest + (current + cost) * length <= limit * length
if allowed then
  current = current + cost
  redis.call('HSET', KEYS[1], 'start', string.format('%.0f', start), 'current', current, 'previous', previous)
  redis.call('PEXPIRE', KEYS[1], string.format('%.0f', start + 2 * length - now))
end
return {allowed and 1 or 0, string.format('%.0f', now), string.format('%.0f', start), tostring(current), tostring(previous)}`;

/** What a Valkey backend works with. */
export interface ValkeyLimitsOptions {
  readonly client: ValkeyClient;
  /**
   * What tells the keys of this limiter from others in the same cache.
   * @default limits
   */
  readonly namespace?: string;
}

/**
 * Counts in Valkey or Redis OSS: one round trip a take, by one script, with the time of the server. A key that is idle is
 * gone. What a failover loses is taken again: replicas follow asynchronously.
 */
export class ValkeyLimits implements RateLimitBackend {
  constructor(private readonly options: ValkeyLimitsOptions) {}

  public take(key: string, cost: number, algorithm: LimitAlgorithm): Promise<RateLimitAnswer> {
    // All of one key in one slot of a cluster, and different keys in different ones.
    const tagged = `${this.options.namespace ?? 'limits'}:${algorithm.kind}:{${key}}`;
    return algorithm.kind === 'token-bucket' ? this.takeToken(tagged, cost, algorithm) : this.takeOfWindow(tagged, cost, algorithm);
  }

  private async takeToken(key: string, cost: number, bucket: TokenBucket): Promise<RateLimitAnswer> {
    const [allowed, now, arrival] = await this.run(TAKE_TOKEN, key, [bucket.interval, bucket.span, cost]);
    return allowed ? bucket.allowed(now!, arrival!) : bucket.denied(now!, arrival!, cost);
  }

  private async takeOfWindow(key: string, cost: number, window: SlidingWindow): Promise<RateLimitAnswer> {
    const [allowed, now, start, current, previous] = await this.run(TAKE_OF_WINDOW, key, [window.length, window.limit, cost]);
    const counts = { start: start!, current: current!, previous: previous! };
    return allowed ? window.allowed(now!, counts) : window.denied(now!, counts, cost);
  }

  private async run(source: string, key: string, args: number[]): Promise<number[]> {
    return (await runScript(this.options.client, source, [key], args) as unknown[]).map(Number);
  }
}
