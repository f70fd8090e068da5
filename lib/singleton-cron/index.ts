export { Overlap } from './overlap';
export { SingletonCron, type SingletonCronProps } from './singleton-cron';
