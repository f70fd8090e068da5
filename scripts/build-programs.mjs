// Bundles every blueprints/<name>/program/server.ts into dist/programs/<name>/server.js, beside its Dockerfile: the folder is all
// that an image is built from. Nothing stays outside, since an image brings no AWS SDK. The same source gives the same bytes.
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { BUNDLED } from './bundling.mjs';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const outdir = path.join(root, 'dist', 'programs');

for (const blueprint of readdirSync(path.join(root, 'blueprints'))) {
  const program = path.join(root, 'blueprints', blueprint, 'program');
  if (!existsSync(path.join(program, 'server.ts'))) {
    continue;
  }
  const { outputFiles: [server] } = await build({
    ...BUNDLED,
    absWorkingDir: root,
    entryPoints: [path.join(program, 'server.ts')],
    // Native code that pg and the SDK try to load, and do without.
    external: ['pg-native', 'aws-crt', '@aws-sdk/signature-v4-crt'],
    write: false,
  });
  const files = { 'server.js': server.contents, 'Dockerfile': readFileSync(path.join(program, 'Dockerfile')) };
  for (const [name, contents] of Object.entries(files)) {
    const file = path.join(outdir, blueprint, name);
    if (!existsSync(file) || !readFileSync(file).equals(contents)) {
      mkdirSync(path.dirname(file), { recursive: true });
      writeFileSync(file, contents);
    }
  }
}
