import { join } from 'node:path';
import { packageRoot } from '../lib/core/package-root';

/** A file or a folder of local/ that is not compiled: the same one seen from the sources and from the build. */
export function localFile(name: string): string {
  return join(packageRoot(), 'local', name);
}
