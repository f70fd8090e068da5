import { type Environment, MissingSettingError, readSetting, wiredBy } from '../environment';

/** How time is cut into windows. */
export interface WindowedSettings {
  /** The length of a window. Windows begin at multiples of it since the epoch, in UTC. */
  readonly windowMilliseconds: number;
  /** How much later than something newer a measurement may come and still count. */
  readonly latenessMilliseconds: number;
  /** How long a window is kept after its end. */
  readonly retentionSeconds: number;
  /** Which of several counts of the same stream this is. Another one begins with nothing. */
  readonly generation: string;
}

const SETTINGS = /^([1-9]\d{0,14}),(\d{1,15}),([1-9]\d{0,14}),([A-Za-z0-9_.-]{1,32})$/;

/**
 * How time is cut into windows, from `<NAME>_WINDOWS`: milliseconds, milliseconds, seconds and a name, `60000,30000,604800,1`.
 *
 * @param name what the WindowedAggregate is wired under, for example `MINUTES`
 * @throws MissingSettingError when it is not wired to this compute, or a value is malformed
 */
export function windowedSettings(name: string, environment: Environment = process.env): WindowedSettings {
  const variable = `${name}_WINDOWS`;
  const setBy = wiredBy('aggregate', name);
  const match = SETTINGS.exec(readSetting(variable, setBy, environment));
  if (!match) {
    throw new MissingSettingError(`${variable} is '${environment[variable]}'; it must be three whole numbers and a name, as ${setBy} sets it`);
  }
  return {
    windowMilliseconds: Number(match[1]),
    latenessMilliseconds: Number(match[2]),
    retentionSeconds: Number(match[3]),
    generation: match[4]!,
  };
}
