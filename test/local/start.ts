import { join } from 'node:path';

import type { LocalAws, LocalAwsOptions } from '../../local';
import { startLocalAws } from '../../local';
import type { InternalOptions } from '../../local/local-aws';

const started: LocalAws[] = [];

/** A local AWS for tests: quiet, and with the AWS SDK of this repository for its functions. */
export async function start(options: Partial<InternalOptions> = {}): Promise<LocalAws> {
  const all: LocalAwsOptions = {
    progress: () => undefined,
    signal: new AbortController().signal,
    nodePath: join(__dirname, '..', '..', 'node_modules'),
    ...options,
  };
  const aws = await startLocalAws(all);
  started.push(aws);
  return aws;
}

/** Ends every one this file started, also after a failure: `afterAll(stopAll)`. */
export async function stopAll(): Promise<void> {
  await Promise.all(started.map((aws) => aws.stop()));
}
