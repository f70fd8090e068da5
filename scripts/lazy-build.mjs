// Rewrites the build so that nothing is loaded before it is used, as the AWS CDK does with itself: an app pays for the
// constructs it uses, and for those parts of the CDK that they use. TypeScript compiles every import to a require at once.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const dist = path.join(path.dirname(path.dirname(fileURLToPath(import.meta.url))), 'dist');

/** Imports that are loaded when a member is first asked for. */
function lazyImports(file) {
  const source = readFileSync(file, 'utf8');
  const imports = [...source.matchAll(/^const (\w+_\d+) = require\(("[^"]+")\);$/gm)];
  const lazy = imports.reduce((text, [line, name, module]) => {
    const uses = text.replace(line, '').match(new RegExp(`\\b${name}\\b`, 'g')) ?? [];
    const members = text.match(new RegExp(`\\b${name}\\.`, 'g')) ?? [];
    if (uses.length !== members.length) {
      throw new Error(`${file} uses ${name} in another way than by its members`);
    }
    return text
      .replace(line, `let ${name} = () => { const loaded = require(${module}); ${name} = () => loaded; return loaded; };`)
      .replaceAll(new RegExp(`\\bnew ${name}\\.([\\w.]+)`, 'g'), `new (${name}().$1)`)
      .replaceAll(new RegExp(`\\b${name}\\.`, 'g'), `${name}().`);
  }, source);
  writeFileSync(file, lazy);
}

/**
 * Exports that are loaded when they are first asked for. The names stay enumerable, and are assigned plainly too, since
 * that is how Node.js finds the names that an ES module may import from CommonJS.
 */
function lazyExports(entry) {
  const load = createRequire(entry);
  const modules = [...readFileSync(entry, 'utf8').matchAll(/require\("(\.\/[^"]+)"\)/g)].map(([, module]) => module);
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

lazyExports(path.join(dist, 'lib', 'index.js'));
lazyExports(path.join(dist, 'blueprints', 'index.js'));
lazyExports(path.join(dist, 'runtime', 'index.js'));
readdirSync(path.join(dist, 'lib'), { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.js')).forEach((file) => lazyImports(path.join(dist, 'lib', file)));
