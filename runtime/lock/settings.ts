import { type Environment, MissingSettingError, readSetting, wiredBy } from '../environment';

/** What a DistributedLock construct tells its users: options of the class of the same name. */
export interface LockSettings {
  /** The lease, in milliseconds. */
  readonly leaseMilliseconds: number;
  /** How many caches share the locks (Redlock), each wired under `<NAME>_1`, `<NAME>_2` ...; 1 for a table or a single cache. */
  readonly nodes: number;
}

/**
 * The settings of a lock, from `<NAME>_LOCK`.
 *
 * @param name what it is wired under, for example `LOCKS`
 * @throws MissingSettingError when it is not wired to this function, or the value is of another form
 */
export function lockSettings(name: string, environment: Environment = process.env): LockSettings {
  const setBy = wiredBy('lock', name);
  const value = readSetting(`${name}_LOCK`, setBy, environment);
  const [, lease, nodes = 1] = /^([1-9]\d{2,6})(?:,([3-9]))?$/.exec(value) ?? [];
  if (lease === undefined) {
    throw new MissingSettingError(`${name}_LOCK is '${value}'; it must be as ${setBy} sets it: milliseconds, 10000`);
  }
  return { leaseMilliseconds: Number(lease), nodes: Number(nodes) };
}
