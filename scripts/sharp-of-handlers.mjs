// Handlers that use sharp carry it as WebAssembly: one artefact for every architecture, without a binary of the machine
// that builds.
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { build } from 'esbuild';

const { resolve } = createRequire(import.meta.url);
const wasmFolder = () => path.join(path.dirname(resolve('@img/sharp-wasm32/sharp.node')), 'lib');
const GLUE = './sharp-wasm32.js';

/** Leaves out the search for a binary of the platform, and the WebAssembly, which finds its files by where it lies itself. */
export const sharpAsWasm = {
  name: 'sharp-as-wasm',
  setup({ onLoad, onResolve }) {
    // Its ES modules look for where they lie, which a bundle in CommonJS does not know.
    onResolve({ filter: /^sharp$/ }, () => ({ path: resolve('sharp') }));
    onLoad({ filter: /[\\/]sharp[\\/]dist[\\/]sharp\.cjs$/ }, () => ({ contents: "module.exports = require('@img/sharp-wasm32/sharp.node');" }));
    onResolve({ filter: /^@img\/sharp-wasm32\/sharp\.node$/ }, () => ({ path: GLUE, external: true }));
  },
};

/** The files that go beside each handler that uses sharp: the WebAssembly, the JavaScript that runs it, and their licence. */
export async function filesOfSharp({ outputs }, root, options) {
  const users = Object.entries(outputs).flatMap(([file, { imports }]) =>
    imports.some(({ path: imported }) => imported === GLUE) ? [path.dirname(path.resolve(root, file))] : []);
  if (users.length === 0) {
    return [];
  }
  const folder = wasmFolder();
  const [glue, wasm] = ['.node.js', '.node.wasm'].map((end) => path.join(folder, readdirSync(folder).find((file) => file.endsWith(end))));
  const { outputFiles: [bundled] } = await build({ ...options, entryPoints: [glue], plugins: [], metafile: false, write: false });
  const files = [
    { name: 'sharp-wasm32.js', contents: bundled.contents },
    { name: path.basename(wasm), contents: readFileSync(wasm) },
    { name: 'LICENSE-sharp-wasm32', contents: readFileSync(path.join(folder, '..', 'LICENSE')) },
  ];
  return users.flatMap((user) => files.map(({ name, contents }) => ({ path: path.join(user, name), contents })));
}
