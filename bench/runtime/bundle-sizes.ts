import { buildSync } from 'esbuild';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';

const RUNTIME = join(__dirname, '..', '..', 'runtime');
/** What a module may weigh, minified and without the clients it is given. */
export const MOST_BYTES = 10_000;

/** The modules that can be imported on their own, with their bytes when minified, without the AWS SDK. */
export function bundleSizes(): Record<string, number> {
  const modules = readdirSync(RUNTIME, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && entry.name !== 'handlers').map(({ name }) => name);
  return Object.fromEntries(modules.map((module) => [module, bytes(module)]));
}

function bytes(module: string): number {
  const { outputFiles: [bundle] } = buildSync({
    entryPoints: [join(RUNTIME, module, 'index.ts')],
    bundle: true, minify: true, platform: 'node', target: 'node20', write: false, external: ['@aws-sdk/*', '@smithy/*'],
  });
  return bundle!.contents.length;
}
