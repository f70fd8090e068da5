import { runScript, type ValkeyClient } from '../valkey';
import type { CircuitState } from './circuit';
import { type CircuitReport, type CircuitSnapshot, type CircuitStore, snapshotOf } from './store';

/** What circuits in a cache need. */
export interface ValkeyCircuitsOptions {
  readonly client: ValkeyClient;
  /**
   * What the keys begin with.
   * @default 'circuit'
   */
  readonly namespace?: string;
}

/** What both scripts begin with. */
const TIME = `local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
`;

/** revision, slot length, calls, failures, fields to remove */
const REPORT = `
for index = 5, #ARGV do redis.call('HDEL', KEYS[1], ARGV[index]) end
if tonumber(ARGV[3]) > 0 then
  local slot = ':' .. ARGV[1] .. ':' .. string.format('%d', math.floor(now / ARGV[2]) * ARGV[2])
  redis.call('HINCRBY', KEYS[1], 'calls' .. slot, ARGV[3])
  redis.call('HINCRBY', KEYS[1], 'failures' .. slot, ARGV[4])
end
return { string.format('%d', now), 1, redis.call('HGETALL', KEYS[1]) }`;

/** revision, state */
const REPLACE = `
local replaced = 0
if tonumber(redis.call('HGET', KEYS[1], 'revision') or 0) == ARGV[1] - 1 then
  redis.call('HSET', KEYS[1], 'revision', ARGV[1], 'state', ARGV[2])
  replaced = 1
end
return { string.format('%d', now), replaced, redis.call('HGETALL', KEYS[1]) }`;

/**
 * Circuits in Valkey or Redis: the hash `circuit:{<dependency>}`. Time is that of the server, so the clocks of the machines do
 * not matter. A hash that is lost (evicted, failed over too early) is a closed circuit.
 */
export class ValkeyCircuits implements CircuitStore {
  constructor(private readonly options: ValkeyCircuitsOptions) {}

  public async report(dependency: string, report: CircuitReport): Promise<CircuitSnapshot> {
    const { calls, failures, revision, slotMilliseconds, remove } = report;
    return this.run(REPORT, dependency, [revision, slotMilliseconds, calls, failures, ...remove]);
  }

  public async replace(dependency: string, next: CircuitState): Promise<CircuitSnapshot & { readonly replaced: boolean }> {
    return this.run(REPLACE, dependency, [next.revision, JSON.stringify(next)]);
  }

  private async run(what: string, dependency: string, args: readonly (string | number)[]) {
    const key = `${this.options.namespace ?? 'circuit'}:{${dependency}}`;
    const [now, replaced, pairs] = await runScript(this.options.client, TIME + what, [key], args) as [unknown, number, unknown[]];
    const fields: Record<string, string> = {};
    for (let index = 0; index < pairs.length; index += 2) {
      fields[String(pairs[index])] = String(pairs[index + 1]);
    }
    return { ...snapshotOf(fields, Number(now)), replaced: Number(replaced) === 1 };
  }
}
