/** Half of the tasks that are wanted, within these bounds: what Amazon ECS does unless told otherwise. */
const FEWEST_FAILURES = 3;
const MOST_FAILURES = 200;

/** The deployment circuit breaker of Amazon ECS: it opens when too many tasks in a row do not become well. */
export class DeploymentCircuitBreaker {
  private readonly threshold: number;
  private readonly opening = new AbortController();
  private inARow = 0;
  private failures = 0;
  private last = '';

  /** @param desired how many tasks the service wants */
  constructor(desired: number) {
    this.threshold = Math.min(MOST_FAILURES, Math.max(FEWEST_FAILURES, Math.ceil(desired / 2)));
  }

  /** Aborted when it has opened: nothing more is started then, and who starts gives up. */
  public get open(): AbortSignal {
    return this.opening.signal;
  }

  /** Why it has opened. */
  public get reason(): string {
    return `${this.failures} tasks failed. ${this.last}`;
  }

  /** A task has become well: the count starts again. */
  public succeeded(): void {
    this.inARow = 0;
  }

  /** A task did not become well. One that gave up because this is open does not count. */
  public failed(error: unknown): void {
    if (this.open.aborted) {
      return;
    }
    this.inARow += 1;
    this.failures += 1;
    this.last = error instanceof Error ? error.message : String(error);
    if (this.inARow >= this.threshold) {
      this.opening.abort();
    }
  }
}
