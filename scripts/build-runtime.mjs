// Puts what the runtime uses of other packages (Powertools for Lambda) into its own files, since the package has no
// dependencies. Files stay files, so that an import of one module loads no other, and an error thrown by one is an
// instance of the class that another exports. The AWS SDK stays outside: the Lambda runtime carries it.
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { BUNDLED, CARRIED_BY_LAMBDA, MODULES } from './bundling.mjs';

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
  ...BUNDLED,
  entryPoints: [file],
  outfile: file,
  allowOverwrite: true,
  external: CARRIED_BY_LAMBDA,
  plugins: [isOurs],
})));

// For bundlers, the same once more as ES modules, a file each: they leave out what a handler does not use. Node.js itself takes
// the files above in any case, so that no class is there twice.
const sources = path.join(root, 'runtime');
const modules = path.join(root, 'dist', 'runtime-modules');
const oursByName = {
  name: 'ours-by-name',
  setup: ({ onResolve }) => onResolve({ filter: /^\./ }, ({ path: asked, importer, resolveDir }) => {
    if (!importer.startsWith(sources + path.sep)) {
      return undefined;
    }
    const isFolder = existsSync(path.join(resolveDir, asked, 'index.ts'));
    return { path: isFolder ? `${asked}/index.mjs` : `${asked}.mjs`, external: true };
  }),
};
rmSync(modules, { recursive: true, force: true });
await build({
  ...MODULES,
  entryPoints: readdirSync(sources, { recursive: true }).filter((file) => file.endsWith('.ts') && !file.startsWith('handlers'))
    .map((file) => path.join(sources, file)),
  outbase: sources,
  outdir: modules,
  outExtension: { '.js': '.mjs' },
  external: CARRIED_BY_LAMBDA,
  plugins: [oursByName],
});
