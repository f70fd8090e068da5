import { type Environment, MissingSettingError, readSetting, wiredBy } from '../environment';
import type { CompletePolicy } from './policy';

/** A circuit breaker as wiring tells it. */
export interface CircuitBreakerSettings extends CompletePolicy {
  readonly dependency: string;
}

const NUMBERS = [
  'failureThreshold', 'minimumCalls', 'windowMilliseconds', 'openMilliseconds', 'maxOpenMilliseconds', 'probes',
  'timeoutMilliseconds', 'syncMilliseconds',
] as const;

/**
 * The settings of a circuit breaker, from `<NAME>_CIRCUIT_BREAKER`: the dependency and eight numbers,
 * `payments,0.5,10,10000,5000,60000,3,10000,1000`.
 *
 * @param name what the circuit breaker is wired under, for example `PAYMENTS`
 * @throws MissingSettingError when it is not wired to this function, or the value cannot be read
 */
export function circuitBreakerSettings(name: string, environment: Environment = process.env): CircuitBreakerSettings {
  const variable = `${name}_CIRCUIT_BREAKER`;
  const setBy = wiredBy('circuitBreaker', name);
  const value = readSetting(variable, setBy, environment);
  const [dependency, ...texts] = value.split(',');
  const numbers = texts.map(Number);
  if (!dependency || numbers.length !== NUMBERS.length || !numbers.every((number) => number > 0)) {
    throw new MissingSettingError(`${variable} is '${value}'; it must be a name and ${NUMBERS.length} numbers above 0, as ${setBy} sets it`);
  }
  const policy = Object.fromEntries(NUMBERS.map((key, index) => [key, numbers[index]!])) as unknown as CompletePolicy;
  return { dependency, ...policy };
}
