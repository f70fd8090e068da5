import { type Environment, MissingSettingError, queueUrl, readSetting, wiredBy } from '../environment';

/** An admission control as wiring tells it. */
export interface AdmissionSettings {
  readonly queueUrl: string;
  readonly maxBacklog: number;
  readonly resumeBelow: number;
  readonly retryAfterSeconds: number;
}

/**
 * The thresholds of an admission control and its queue, from `<NAME>_ADMISSION` (`1000,800,5`) and `<NAME>_QUEUE_URL`.
 *
 * @param name what it is wired under, for example `INTAKE`
 * @throws MissingSettingError when it is not wired to this function, or a value is not a whole number from 1
 */
export function admissionSettings(name: string, environment: Environment = process.env): AdmissionSettings {
  const variable = `${name}_ADMISSION`;
  const setBy = wiredBy('admission', name);
  const value = readSetting(variable, setBy, environment);
  const numbers = value.split(',');
  if (numbers.length !== 3 || !numbers.every((number) => /^[1-9]\d{0,9}$/.test(number))) {
    throw new MissingSettingError(`${variable} is '${value}'; it must be three whole numbers from 1, as ${setBy} sets it`);
  }
  const [maxBacklog, resumeBelow, retryAfterSeconds] = numbers.map(Number);
  const thresholds = { maxBacklog: maxBacklog!, resumeBelow: resumeBelow!, retryAfterSeconds: retryAfterSeconds! };
  return { queueUrl: queueUrl(name, environment), ...thresholds };
}
