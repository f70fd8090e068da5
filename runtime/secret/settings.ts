import { type Environment, readSetting, wiredBy } from '../environment';

/**
 * The ARN of a secret, from `<NAME>_SECRET_ARN`.
 *
 * @param name what the secret is wired under, for example `SIGNING_KEY`
 * @throws MissingSettingError when the secret is not wired to this function
 */
export function secretArn(name: string, environment: Environment = process.env): string {
  return readSetting(`${name}_SECRET_ARN`, wiredBy('secret', name), environment);
}
