import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const PACKAGE = 'cdk-system-blueprints';

function nameOf(packageJson: string): unknown {
  return (JSON.parse(readFileSync(packageJson, 'utf8')) as { name?: unknown }).name;
}

/** A file of this package's local/ folder that is not compiled: the same one from local/*.ts and from dist/local/*.js. */
export function localFile(name: string, from = __dirname): string {
  const packageJson = join(from, 'package.json');
  if (existsSync(packageJson) && nameOf(packageJson) === PACKAGE) {
    return join(from, 'local', name);
  }
  if (dirname(from) === from) {
    throw new Error(`No package.json of ${PACKAGE} above ${__dirname}`);
  }
  return localFile(name, dirname(from));
}
