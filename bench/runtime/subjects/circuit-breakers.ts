import { CircuitBreaker, ValkeyCircuits } from '../../../runtime/circuit-breaker';
import type { Comparison } from '../comparison';
import { title } from '../peers';

type Opossum = new (action: () => Promise<unknown>, options: object) => { fire(): Promise<unknown> };

/** One operation is so many calls: a call alone is too short to be timed. */
const CALLS = 100;
const many = async (call: () => Promise<unknown>): Promise<void> => {
  for (let index = 0; index < CALLS; index++) {
    await call();
  }
};

export const CIRCUIT_BREAKERS: readonly Comparison[] = [{
  what: `${CALLS} calls through a closed circuit`,
  page: 'circuit-breaker',
  trips: 0,
  why: 'every call gets an AbortSignal, so that its timeout ends it, and is counted for all processes; some ten microseconds. The peer counts in one process and lets calls that are late go on.',
  variants: async (world) => {
    const { client, trips } = world.valkey();
    const work = async () => 'done';
    const breaker = new CircuitBreaker({ dependency: 'payments', store: new ValkeyCircuits({ client }) });
    await breaker.sync();
    const Breaker = world.peer('opossum') as Opossum;
    const opossum = new Breaker(work, { timeout: 10_000 });
    return [
      { name: 'ours, shared by all processes', trips, run: () => many(() => breaker.run(work)) },
      { name: `${title('opossum')}, one process`, trips: () => 0, run: () => many(() => opossum.fire()) },
    ];
  },
}];
