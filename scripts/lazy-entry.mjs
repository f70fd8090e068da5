// Rewrites the entries of the build so that a concept is loaded when it is first used, not when the library is imported:
// an app pays for the constructs it uses. TypeScript compiles `export *` to a require at once. Names stay enumerable, and
// are also assigned plainly, since that is how Node.js finds the names that an ES module may import from CommonJS.
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));

for (const entry of ['dist/lib/index.js', 'dist/blueprints/index.js'].map((file) => path.join(root, file))) {
  const load = createRequire(entry);
  const source = readFileSync(entry, 'utf8');
  const modules = [...source.matchAll(/require\("(\.\/[^"]+)"\)/g)].map(([, module]) => module);
  const names = modules.flatMap((module) => Object.keys(load(module)).map((name) => ({ name, module })));
  if (names.length === 0) {
    throw new Error(`${entry} exports nothing, or is lazy already: compile it first`);
  }
  writeFileSync(entry, [
    '"use strict";',
    'Object.defineProperty(exports, "__esModule", { value: true });',
    ...names.map(({ name }) => `exports.${name} = void 0;`),
    'const lazily = (name, load) => Object.defineProperty(exports, name, { enumerable: true, configurable: true, get: () => load()[name] });',
    ...names.map(({ name, module }) => `lazily("${name}", () => require("${module}"));`),
    '',
  ].join('\n'));
}
