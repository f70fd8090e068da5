import * as path from 'node:path';
import { packageRoot } from '../lib/core/package-root';

/** Whether this runs from the sources, or from the published build. */
const FROM_SOURCE = path.extname(__filename) === '.ts';

/** The command that runs the CDK app of this package. */
export function appCommand(): readonly string[] {
  return FROM_SOURCE
    ? [process.execPath, '--import', 'tsx', path.join(__dirname, '..', 'bin', 'app.ts')]
    : [process.execPath, path.join(__dirname, '..', 'bin', 'app.js')];
}

/** The folder of node_modules that holds the AWS SDK, which handlers find in Lambda's own runtime. */
export function sdkFolder(): string | undefined {
  const manifest = installed('@aws-sdk/client-dynamodb/package.json');
  return manifest && path.resolve(manifest, '../../..');
}

/**
 * The manifest of an installed package, looked for from the user's folder and then from this package.
 *
 * @returns undefined when it is not installed
 */
export function installed(manifest: string): string | undefined {
  try {
    return require.resolve(manifest, { paths: [process.cwd(), packageRoot()] });
  } catch {
    return undefined;
  }
}
