import { type Environment, MissingSettingError, readSetting, wiredBy } from '../environment';
import type { CacheOptions, Stampede } from './options';

/** How the construct was told to cache, as options of a strategy. */
export interface CacheSettings extends Pick<CacheOptions<never>,
  'namespace' | 'ttlSeconds' | 'negativeTtlSeconds' | 'staleSeconds' | 'jitter' | 'refreshAhead' | 'leaseMilliseconds'> {
  /** How values are written: `cache-aside`, `read-through`, `write-through`, `write-around` or `write-behind`. */
  readonly strategy: string;
  readonly stampede?: Stampede;
}

/**
 * How a CacheStrategy construct was told to cache, from `<NAME>_CACHE_STRATEGY`.
 *
 * @param name what the strategy is wired under, for example `PRODUCTS`
 * @throws MissingSettingError when it is not wired to this function, or cannot be read
 */
export function cacheSettings(name: string, environment: Environment = process.env): CacheSettings {
  const variable = `${name}_CACHE_STRATEGY`;
  const text = readSetting(variable, wiredBy('strategy', name), environment);
  const settings = parse(text);
  if (typeof settings?.namespace !== 'string' || typeof settings.ttlSeconds !== 'number') {
    throw new MissingSettingError(`${variable} is '${text}'; it must be the JSON that ${wiredBy('strategy', name)} sets`);
  }
  return settings;
}

function parse(text: string): CacheSettings | undefined {
  try {
    return JSON.parse(text) as CacheSettings;
  } catch {
    return undefined;
  }
}
