// Bundles every blueprints/<name>/handlers/<handler>.ts into dist/handlers/<name>/<handler>/index.js, and every
// runtime/handlers/<handler>.ts, which constructs bring along, into dist/handlers/runtime/<handler>/index.js. They are
// deployed as they are: whoever uses the library needs no bundler. The AWS SDK stays outside, since the Lambda
// runtime carries it. The same source gives the same bytes, so an asset changes only when its code does. A handler that uses
// sharp has the WebAssembly of it beside its index.js, and one that serves files has these.
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { BUNDLED, CARRIED_BY_LAMBDA } from './bundling.mjs';
import { filesOfHandlers } from './files-of-handlers.mjs';
import { filesOfSharp, sharpAsWasm } from './sharp-of-handlers.mjs';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const outdir = path.resolve(root, process.argv[2] ?? 'dist/handlers');

const entryPoints = [
  ...readdirSync(path.join(root, 'blueprints'), { recursive: true })
    .filter((file) => /^[^/\\]+[/\\]handlers[/\\][^/\\]+\.ts$/.test(file))
    .map((file) => {
      const [blueprint, , handler] = file.split(/[/\\]/);
      return { in: path.join('blueprints', file), out: path.join(blueprint, path.basename(handler, '.ts'), 'index') };
    }),
  ...readdirSync(path.join(root, 'runtime', 'handlers'))
    .map((file) => ({ in: path.join('runtime', 'handlers', file), out: path.join('runtime', path.basename(file, '.ts'), 'index') })),
];

const options = {
  ...BUNDLED,
  absWorkingDir: root,
  outdir,
  external: CARRIED_BY_LAMBDA,
  metafile: true,
  write: false,
};
const bundles = await build({ ...options, entryPoints, plugins: [sharpAsWasm] });
const besides = [...filesOfHandlers(root, outdir), ...await filesOfSharp(bundles.metafile, root, options)];
const outputFiles = [...bundles.outputFiles, ...besides];

// Another process may be synthesising from these files: what has not changed stays, what has is replaced at once.
for (const { path: file, contents } of outputFiles) {
  if (!existsSync(file) || !readFileSync(file).equals(contents)) {
    mkdirSync(path.dirname(file), { recursive: true });
    const unfinished = path.join(outdir, '..', `.${path.basename(path.dirname(file))}-${path.basename(file)}-${process.pid}`);
    writeFileSync(unfinished, contents);
    renameSync(unfinished, file);
  }
}
const current = new Set(outputFiles.map(({ path: file }) => path.dirname(file)));
for (const blueprint of readdirSync(outdir)) {
  for (const handler of readdirSync(path.join(outdir, blueprint))) {
    const folder = path.join(outdir, blueprint, handler);
    if (!current.has(folder)) {
      rmSync(folder, { recursive: true, force: true });
    }
  }
}
