import { type Environment, MissingSettingError, readSetting, tableName, wiredBy } from '../environment';

/** What a JobStatus tells the code that uses it. */
export interface JobSettings {
  readonly tableName: string;
  /** How long a job is kept after its last change, in seconds. */
  readonly retentionSeconds: number;
  /** How long a client waits between two questions, in seconds. */
  readonly pollSeconds: number;
  /** The path below which jobs are found: `/jobs`. */
  readonly path: string;
}

/**
 * The settings of a JobStatus, from `<NAME>_TABLE_NAME` and `<NAME>_JOBS`: two numbers of seconds and a path, `604800,2,/jobs`.
 *
 * @param name what the JobStatus is wired under, for example `JOBS`
 * @throws MissingSettingError when it is not wired to this compute, or a value cannot be read
 */
export function jobSettings(name: string, environment: Environment = process.env): JobSettings {
  const variable = `${name}_JOBS`;
  const setBy = wiredBy('jobs', name);
  const match = /^([1-9]\d{0,9}),([1-9]\d{0,9}),(\/.*)$/.exec(readSetting(variable, setBy, environment));
  if (!match) {
    throw new MissingSettingError(`${variable} is '${environment[variable]}'; it must be two whole numbers from 1 and a path, as ${setBy} sets it`);
  }
  const [, retention, poll, path] = match;
  return { tableName: tableName(name, environment), retentionSeconds: Number(retention), pollSeconds: Number(poll), path: path! };
}
