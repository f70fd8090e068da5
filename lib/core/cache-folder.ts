import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';

/** Where this project keeps what it can compute again: `$XDG_CACHE_HOME` or `~/.cache`, never the working tree. */
export function cacheFolder(name: string): string {
  const { XDG_CACHE_HOME: home } = process.env;
  // The XDG rules ignore a relative path, which would put the cache into the user's repository.
  return join(home && isAbsolute(home) ? home : join(homedir(), '.cache'), 'cdk-system-blueprints', name);
}
