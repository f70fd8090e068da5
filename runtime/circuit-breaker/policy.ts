/** When a circuit opens, for how long, and what closes it. The construct tells it by `<NAME>_CIRCUIT_BREAKER`. */
export interface CircuitPolicy {
  /**
   * The share of failed calls in the window at which the circuit opens, above 0, up to 1.
   * @default 0.5
   */
  readonly failureThreshold?: number;
  /**
   * How many calls of the window, of all processes together, it takes to judge the dependency. With a threshold of 1 this
   * many failures in a row open the circuit.
   * @default 10
   */
  readonly minimumCalls?: number;
  /**
   * How far back calls count, in milliseconds. It rolls on by a tenth at a time.
   * @default 10_000
   */
  readonly windowMilliseconds?: number;
  /**
   * How long the circuit stays open the first time, in milliseconds. It doubles with every probe that fails, and is shortened
   * by up to a fifth by chance.
   * @default 5_000
   */
  readonly openMilliseconds?: number;
  /**
   * What no opening exceeds, in milliseconds.
   * @default 60_000
   */
  readonly maxOpenMilliseconds?: number;
  /**
   * How many calls, over all processes, try the dependency when the circuit is half-open. All of them must succeed.
   * @default 3
   */
  readonly probes?: number;
  /**
   * How long a call may take, in milliseconds. A call that takes longer has failed.
   * @default 10_000
   */
  readonly timeoutMilliseconds?: number;
  /**
   * How often a process that calls the dependency tells its outcomes and learns those of the others, in milliseconds.
   * @default 1_000
   */
  readonly syncMilliseconds?: number;
}

/** A policy with nothing left open. */
export type CompletePolicy = Required<CircuitPolicy>;

const DEFAULTS: CompletePolicy = {
  failureThreshold: 0.5,
  minimumCalls: 10,
  windowMilliseconds: 10_000,
  openMilliseconds: 5_000,
  maxOpenMilliseconds: 60_000,
  probes: 3,
  timeoutMilliseconds: 10_000,
  syncMilliseconds: 1_000,
};

/** @throws RangeError when a number is none that a policy can have */
export function completePolicy(given: CircuitPolicy): CompletePolicy {
  const policy = { ...DEFAULTS };
  for (const name of Object.keys(DEFAULTS) as (keyof CompletePolicy)[]) {
    const value = given[name] ?? DEFAULTS[name];
    if (typeof value !== 'number' || !(value > 0 && value < 1e12) || (name === 'failureThreshold' && value > 1)) {
      throw new RangeError(`${name} is ${value}; allowed: a number above 0${name === 'failureThreshold' ? ', up to 1' : ''}`);
    }
    policy[name] = value;
  }
  return { ...policy, maxOpenMilliseconds: Math.max(policy.maxOpenMilliseconds, policy.openMilliseconds) };
}
