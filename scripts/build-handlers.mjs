// Bundles every blueprints/<name>/handlers/<handler>.ts into dist/handlers/<name>/<handler>/index.js, which the
// constructs deploy as it is: whoever uses the library needs no bundler. The AWS SDK stays outside, since the Lambda
// runtime carries it. The same source gives the same bytes, so an asset changes only when its code does.
import { readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const outdir = path.join(root, process.argv[2] ?? 'dist/handlers');

const entryPoints = readdirSync(path.join(root, 'blueprints'), { recursive: true })
  .filter((file) => /^[^/\\]+[/\\]handlers[/\\][^/\\]+\.ts$/.test(file) && !file.endsWith('.d.ts'))
  .map((file) => {
    const [blueprint, , handler] = file.split(/[/\\]/);
    return { in: path.join('blueprints', file), out: path.join(blueprint, path.basename(handler, '.ts'), 'index') };
  });

rmSync(outdir, { recursive: true, force: true });
await build({
  absWorkingDir: root,
  entryPoints,
  outdir,
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'cjs',
  minify: true,
  keepNames: true,
  legalComments: 'none',
  external: ['@aws-sdk/*', '@smithy/*'],
  logLevel: 'warning',
});
