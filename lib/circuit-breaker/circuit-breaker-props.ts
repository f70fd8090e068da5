import type { Duration } from 'aws-cdk-lib';
import type { ITable, TableOptionsV2 } from 'aws-cdk-lib/aws-dynamodb';
import type { Cache } from '../cache/index';

/** When a CircuitBreaker opens, for how long, what closes it, and where processes share what they know. */
export interface CircuitBreakerProps {
  /**
   * What is called behind it. Circuits of one name in one table or cache are one circuit. 1 to 64 letters, digits, _, - and .
   * @default - the construct id, with - for any other character
   */
  readonly dependency?: string;
  /**
   * The share of failed calls in the window at which the circuit opens, above 0, up to 1.
   * @default 0.5
   */
  readonly failureThreshold?: number;
  /**
   * How many calls of the window, of all processes together, it takes to judge the dependency, 1 to 1,000,000. With a threshold
   * of 1 this many failures in a row open the circuit.
   * @default 10
   */
  readonly minimumCalls?: number;
  /**
   * How far back calls count. Whole seconds, 1 s to 1 h, not below syncInterval.
   * @default Duration.seconds(10)
   */
  readonly window?: Duration;
  /**
   * How long the circuit stays open the first time. It doubles with every probe that fails. Whole seconds, 1 s to 1 h.
   * @default Duration.seconds(5)
   */
  readonly openFor?: Duration;
  /**
   * What no opening exceeds. Whole seconds, 1 s to 1 h, not below openFor.
   * @default - 1 min, or openFor where that is longer
   */
  readonly maxOpenFor?: Duration;
  /**
   * How many calls, over all processes, try the dependency when the circuit is half-open, 1 to 100. It closes when all of them
   * succeed.
   * @default 3
   */
  readonly probes?: number;
  /**
   * How long one call may take; one that takes longer has failed. 10 ms to 15 min.
   * @default Duration.seconds(10)
   */
  readonly timeout?: Duration;
  /**
   * How often a process that calls the dependency tells its outcomes and learns those of the others, 100 ms to 1 min.
   * @default Duration.seconds(1)
   */
  readonly syncInterval?: Duration;
  /**
   * The state may be deleted with the stack. Honoured under SANDBOX only.
   * @default false
   */
  readonly disposable?: boolean;
  /**
   * Anything else of the inner table, applied last.
   * @default - nothing else
   */
  readonly tableProps?: TableOptionsV2;
  /**
   * An existing table to keep the state in: partition key `name` (text). Nothing is created.
   * @default - a new table
   */
  readonly table?: ITable;
  /**
   * A cache of Valkey or Redis OSS to keep the state in. Nothing is created.
   * @default - a table
   */
  readonly cache?: Cache;
}
