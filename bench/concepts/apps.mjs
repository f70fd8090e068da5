/** Turns the sources of the variants into plain JavaScript that plain `node` runs beside the peers. */
import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const HERE = dirname(fileURLToPath(import.meta.url));
const ROOT = resolve(HERE, '../..');
const PACKAGE = 'cdk-system-blueprints';
const LAZY_BUILD = join('scripts', 'lazy-build.mjs');
const RUNTIME_PEERS = ['@aws-sdk', '@aws-lambda-powertools'];

/** Builds the library as it is published, into the modules of the peers: everybody loads the one aws-cdk-lib there. */
export function buildLibrary(folder) {
  const target = join(folder, 'node_modules', PACKAGE);
  rmSync(target, { recursive: true, force: true });
  mkdirSync(join(target, 'scripts'), { recursive: true });
  const compiler = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc');
  const complaints = node(ROOT, compiler, '-p', 'tsconfig.build.json', '--outDir', join(target, 'dist'));
  if (complaints) {
    // JavaScript is written all the same, and while one concept is being written the others can be compared.
    console.log(`the library has type errors, what runs is measured:\n${complaints}`);
  }
  for (const file of ['package.json', LAZY_BUILD]) {
    copyFileSync(join(ROOT, file), join(target, file));
  }
  // The names of what the runtime exports are found by loading it, which takes the clients that its users have.
  for (const scope of RUNTIME_PEERS.filter((name) => !existsSync(join(folder, 'node_modules', name)))) {
    symlinkSync(join(ROOT, 'node_modules', scope), join(folder, 'node_modules', scope));
  }
  const failure = node(target, LAZY_BUILD);
  if (failure) {
    throw new Error(`the library does not load:\n${failure}`);
  }
}

/** Runs a script and answers what it complained of. */
function node(cwd, ...args) {
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd, encoding: 'utf8' });
  return status === 0 ? undefined : `${stdout}${stderr}`;
}

/** The variants of a concept that there are: `ours`, `twin`, `peer`. */
export function variantsOf(concept, withPeer) {
  const present = (file) => existsSync(join(HERE, concept, file));
  return [
    ...present('ours.ts') ? ['ours'] : [],
    ...present('twin.ts') ? ['twin'] : [],
    ...withPeer && present('peer.mjs') ? ['peer'] : [],
  ];
}

/**
 * Bundles the apps of a concept and answers their files: one for each variant, `structure` and `warm`.
 *
 * @param where the account and region of the stacks; without it they name neither
 */
export async function bundleApps(folder, concept, variants, where) {
  const imports = variants.map((variant) => `import { build as ${variant} } from './${file(variant)}';`).join('\n');
  const all = `{ ${variants.join(', ')} }`;
  const place = JSON.stringify(where);
  const report = (value) => `console.log('\\n' + JSON.stringify(${value}));`;
  const entries = {
    ...Object.fromEntries(variants.map((variant) =>
      [variant, `import { build } from './${file(variant)}';\nimport { cold } from '../run/cold';\n${report(`cold(build, ${place})`)}`])),
    structure: `${imports}\nimport { structures } from '../run/structure';\n${report(`structures(${all}, ${place})`)}`,
    warm: `${imports}\nimport { warm } from '../run/warm';\n${report(`warm(${all}, Number(process.argv[2]), ${place})`)}`,
  };
  const apps = join(folder, 'apps', concept);
  rmSync(apps, { recursive: true, force: true });
  const files = Object.entries(entries).map(async ([name, contents]) => {
    const outfile = join(apps, `${name}.cjs`);
    await build({
      stdin: { contents, resolveDir: join(HERE, concept), loader: 'ts' },
      bundle: true,
      platform: 'node',
      target: 'node20',
      packages: 'external',
      plugins: [LIBRARY_BY_NAME],
      outfile,
      logLevel: 'warning',
    });
    return [name, outfile];
  });
  return Object.fromEntries(await Promise.all(files));
}

const file = (variant) => variant === 'peer' ? 'peer.mjs' : variant;

/** The sources import the library by its folder, for the type checker; the apps import the built one, as a user does. */
const LIBRARY_BY_NAME = {
  name: 'library-by-name',
  setup: ({ onResolve }) => onResolve({ filter: /^\.\.\/\.\.\/\.\.\/lib$/ }, () => ({ path: PACKAGE, external: true })),
};
