import { type Environment, MissingSettingError, readSetting, wiredBy } from '../environment';
import type { IdempotencyOptions } from './idempotency';

/**
 * How long answers are kept and keys are reserved, from `<NAME>_IDEMPOTENCY`: seconds and milliseconds, `86400,60000`.
 *
 * @param name what the Idempotency is wired under, for example `ORDERS`
 * @throws MissingSettingError when it is not wired to this compute, or a value is not a whole number from 1
 */
export function idempotencySettings(
  name: string, environment: Environment = process.env,
): Required<Pick<IdempotencyOptions, 'expirySeconds' | 'inProgressMilliseconds'>> {
  const variable = `${name}_IDEMPOTENCY`;
  const setBy = wiredBy('idempotency', name);
  const match = /^([1-9]\d{0,9}),([1-9]\d{0,9})$/.exec(readSetting(variable, setBy, environment));
  if (!match) {
    throw new MissingSettingError(`${variable} is '${environment[variable]}'; it must be two whole numbers from 1, as ${setBy} sets it`);
  }
  return { expirySeconds: Number(match[1]), inProgressMilliseconds: Number(match[2]) };
}
