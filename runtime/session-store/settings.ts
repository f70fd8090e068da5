import { type Environment, MissingSettingError, readSetting, wiredBy } from '../environment';
import { type Secrets, secretArn } from '../secret';
import type { SessionsOptions } from './sessions';

/**
 * How long sessions last, from `<NAME>_SESSIONS`: idle time and lifetime in seconds, `1800,43200`.
 *
 * @param name what the SessionStore is wired under, for example `SESSIONS`
 * @throws MissingSettingError when it is not wired to this compute, or a value is not a whole number from 1
 */
export function sessionSettings(
  name: string, environment: Environment = process.env,
): Required<Pick<SessionsOptions, 'idleSeconds' | 'lifetimeSeconds'>> {
  const variable = `${name}_SESSIONS`;
  const setBy = wiredBy('sessions', name);
  const match = /^([1-9]\d{0,9}),([1-9]\d{0,9})$/.exec(readSetting(variable, setBy, environment));
  if (!match) {
    throw new MissingSettingError(`${variable} is '${environment[variable]}'; it must be two whole numbers from 1, as ${setBy} sets it`);
  }
  return { idleSeconds: Number(match[1]), lifetimeSeconds: Number(match[2]) };
}

/**
 * The keys that cookies are signed with, from the secret in `<NAME>_COOKIE_KEY_SECRET_ARN`: the current one and, after a
 * rotation, the one before, so that nobody is signed out by it.
 *
 * @param name what the SessionStore is wired under, for example `SESSIONS`
 * @throws MissingSettingError when it is not wired to this compute
 */
export async function cookieKeys(name: string, secrets: Secrets, environment: Environment = process.env): Promise<string[]> {
  const SecretId = secretArn(`${name}_COOKIE_KEY`, environment);
  const read = async (VersionStage: string) => (await secrets.getSecretValue({ SecretId, VersionStage })).SecretString;
  const keys = await Promise.all([read('AWSCURRENT'), read('AWSPREVIOUS').catch(unlessThereIsNone)]);
  return keys.filter((key) => key !== undefined);
}

function unlessThereIsNone(error: unknown): undefined {
  if (!(error instanceof Error) || error.name !== 'ResourceNotFoundException') {
    throw error;
  }
  return undefined;
}
