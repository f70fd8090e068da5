import type { Clock } from '../clock';
import { within } from '../deadline';
import { asError, describeError } from '../errors';
import type { CacheOptions } from './options';

const FAILURES = 3;
const PAUSE_MILLISECONDS = 1000;

/**
 * Asks the cache, and takes no answer for an answer. After three failures in a row it is asked once a second only, so that a
 * cache that hangs does not cost every read its deadline.
 */
export class Availability {
  private failures = 0;
  private pausedUntil = 0;

  constructor(
    private readonly deadlineMilliseconds: number,
    private readonly clock: Clock,
    private readonly options: Pick<CacheOptions<never>, 'count' | 'logger'>,
  ) {}

  /** Whether to leave the cache alone. Lets one through once the pause is over. */
  public bypass(): boolean {
    if (this.failures < FAILURES) {
      return false;
    }
    const now = this.clock.monotonic();
    if (now >= this.pausedUntil) {
      this.pausedUntil = now + PAUSE_MILLISECONDS;
      return false;
    }
    this.options.count?.('bypassed');
    return true;
  }

  /** The answer; undefined when there is none in time. */
  public async ask(question: () => Promise<unknown>): Promise<unknown> {
    try {
      const answer = await within(this.deadlineMilliseconds, question());
      if (this.failures >= FAILURES) {
        this.options.logger?.info('cache back', {});
      }
      this.failures = 0;
      return answer ?? null;
    } catch (error) {
      this.options.count?.('cacheError');
      this.failures += 1;
      if (this.failures === FAILURES) {
        this.pausedUntil = this.clock.monotonic() + PAUSE_MILLISECONDS;
        this.options.logger?.warn('cache bypassed', { error: describeError(asError(error)) });
      }
      return undefined;
    }
  }
}
