// Puts what the runtime uses of other packages (Powertools for Lambda) into its own files, since the package has no
// dependencies. Files stay files, so that an import of one module loads no other, and an error thrown by one is an
// instance of the class that another exports. The AWS SDK stays outside: the Lambda runtime carries it.
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const runtime = path.join(root, 'dist', 'runtime');
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

// For bundlers, the same once more as ES modules: they leave out what a handler does not use. Node.js itself takes the files
// above in any case, so that no class is there twice.
const sources = path.join(root, 'runtime');
const modules = readdirSync(sources, { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && entry.name !== 'handlers').map(({ name }) => path.join(sources, name, 'index.ts'));
rmSync(path.join(root, 'dist', 'runtime-modules'), { recursive: true, force: true });
await build({
  entryPoints: [path.join(sources, 'index.ts'), ...modules],
  outbase: sources,
  outdir: path.join(root, 'dist', 'runtime-modules'),
  outExtension: { '.js': '.mjs' },
  bundle: true,
  splitting: true,
  treeShaking: true,
  platform: 'node',
  target: 'node20',
  format: 'esm',
  external: ['@aws-sdk/*', '@smithy/*'],
  logLevel: 'warning',
});
