import { type Environment, readSetting, wiredBy } from '../environment';

/** How a database is reached, as its wiring tells. */
export interface DatabaseConnection {
  /** The writer, or the reader where access is READ. */
  readonly host: string;
  /** Where reads may go; undefined where access is WRITE. */
  readonly readerHost?: string;
  readonly port: number;
  readonly database: string;
  /** Whether nothing may be written through it. */
  readonly readOnly: boolean;
  /** As whom to sign in with a token of IAM; undefined when the secret says. */
  readonly user?: string;
  /** The secret with `username` and `password`; undefined when clients sign in with IAM. */
  readonly secretArn?: string;
}

/**
 * How a database is reached, from `<NAME>_HOST` and the other variables that its wiring sets.
 *
 * @param name what the database is wired under, for example `ORDERS`
 * @throws MissingSettingError when the database is not wired to this function
 */
export function databaseConnection(name: string, environment: Environment = process.env): DatabaseConnection {
  const required = (setting: string) => readSetting(`${name}_${setting}`, wiredBy('database', name), environment);
  const optional = (setting: string) => environment[`${name}_${setting}`];
  return {
    host: required('HOST'),
    readerHost: optional('READER_HOST'),
    port: Number(required('PORT')),
    database: required('DATABASE'),
    readOnly: optional('READ_ONLY') === 'true',
    user: optional('USER'),
    secretArn: optional('SECRET_ARN'),
  };
}
