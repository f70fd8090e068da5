import type { App } from 'aws-cdk-lib';
import { type Build, stackWith, type Where } from './stack';

/** What an app of one variant does from start to end; answers the milliseconds of CPU that the process took for it. */
export function cold(build: Build, where?: Where): number {
  (stackWith(build, 'sandbox', where).node.root as App).synth();
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}
