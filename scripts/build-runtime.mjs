// Puts what the runtime uses of other packages (Powertools for Lambda) into its own files, since the package has no
// dependencies. Files stay files, so that an import of one module loads no other, and an error thrown by one is an
// instance of the class that another exports. The AWS SDK stays outside: the Lambda runtime carries it.
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const runtime = path.join(path.dirname(path.dirname(fileURLToPath(import.meta.url))), 'dist', 'runtime');
const CARRIED = /require\("(?!\.|node:|@aws-sdk\/|@smithy\/)/;
const isOurs = { name: 'ours-stays-outside', setup: ({ onResolve }) => onResolve({ filter: /^\./ }, ({ path: file, importer }) =>
  importer.startsWith(runtime + path.sep) ? { path: file, external: true } : undefined) };

const files = readdirSync(runtime, { recursive: true })
  .filter((file) => file.endsWith('.js') && !file.startsWith('handlers'))
  .map((file) => path.join(runtime, file))
  .filter((file) => CARRIED.test(readFileSync(file, 'utf8')));

await Promise.all(files.map((file) => build({
  entryPoints: [file],
  outfile: file,
  allowOverwrite: true,
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'cjs',
  minify: true,
  keepNames: true,
  legalComments: 'none',
  external: ['@aws-sdk/*', '@smithy/*'],
  plugins: [isOurs],
  logLevel: 'warning',
})));
