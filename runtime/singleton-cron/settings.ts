import { type Environment, MissingSettingError, readSetting, tableName, wiredBy } from '../environment';
import type { CronOverlap, SingletonCronOptions } from './singleton-cron';

const OVERLAPS: readonly string[] = ['skip', 'wait', 'allow'] satisfies CronOverlap[];

/**
 * The settings of a SingletonCron, from `<NAME>_TABLE_NAME` and `<NAME>_OVERLAP`.
 *
 * @param name what the cron is called: `NIGHTLY`
 * @throws MissingSettingError when this function is not its worker, or the overlap is none
 */
export function cronSettings(name: string, environment: Environment = process.env): Required<Pick<SingletonCronOptions, 'tableName' | 'overlap'>> {
  const variable = `${name}_OVERLAP`;
  const overlap = readSetting(variable, wiredBy('cron', name), environment);
  if (!OVERLAPS.includes(overlap)) {
    throw new MissingSettingError(`${variable} is '${overlap}'; it must be ${OVERLAPS.join(', ')}`);
  }
  return { tableName: tableName(name, environment), overlap: overlap as CronOverlap };
}
