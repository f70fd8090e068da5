export { CronEventError, SlotTakenOverError } from './errors';
export { cronSettings } from './settings';
export {
  type CronEvent, type CronOutcome, type CronOverlap, type CronRun, singletonCron, type SingletonCronOptions, type TimeLeft,
} from './singleton-cron';
