import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { buildSync } from 'esbuild';
import { ModuleResolutionKind, resolveModuleName, sys } from 'typescript';
import { BLUEPRINTS } from '../../blueprints/registry';

// The package as npm would publish it, installed into a fresh app outside the repository.
const ROOT = resolve(__dirname, '../..');
const folder = mkdtempSync(join(tmpdir(), 'consumer-'));
const sources = join(folder, 'sources');
const app = join(folder, 'app');
const installed = join(app, 'node_modules', 'cdk-system-blueprints');
let packed: string[];

/** The modules of the runtime that can be imported on their own. */
const RUNTIME_MODULES = readdirSync(join(ROOT, 'runtime'), { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && entry.name !== 'handlers').map(({ name }) => name);
const ENTRIES = ['', '/blueprints', '/runtime', ...RUNTIME_MODULES.map((module) => `/runtime/${module}`)];

/**
 * Packs a copy of the sources, so that `prepare` builds there: the repository's own dist/ may be stale, and other tests
 * read it at this moment.
 */
function pack(): string[] {
  const left = ['node_modules', 'dist', 'cdk.out', 'coverage', '.git'];
  cpSync(ROOT, sources, { recursive: true, filter: (path) => !left.includes(relative(ROOT, path).split(sep)[0]!) });
  symlinkSync(join(ROOT, 'node_modules'), join(sources, 'node_modules'), 'junction');
  const output = execFileSync('npm', ['pack', '--json', '--offline', '--pack-destination', folder], {
    cwd: sources, encoding: 'utf8', shell: process.platform === 'win32', stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [{ filename, files }] = JSON.parse(output.slice(output.lastIndexOf('\n[') + 1)) as [{ filename: string; files: { path: string }[] }];
  mkdirSync(installed, { recursive: true });
  execFileSync('tar', ['-xzf', join(folder, filename), '--strip-components=1', '-C', installed]);
  return files.map(({ path }) => path);
}

/** Puts a package of the repository into the app, which saves a download. */
function link(...names: string[]): void {
  for (const name of names) {
    const target = join(app, 'node_modules', name);
    mkdirSync(dirname(target), { recursive: true });
    symlinkSync(join(ROOT, 'node_modules', name), target, 'junction');
  }
}

/** Runs Node.js in the app. */
function node(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, args, {
    cwd: app, encoding: 'utf8', env: { ...process.env, CDK_OUTDIR: join(app, 'cdk.out'), NODE_OPTIONS: '' },
  });
  return { status, stdout, stderr };
}

const write = (name: string, content: string | object) =>
  writeFileSync(join(app, name), typeof content === 'string' ? content : JSON.stringify(content));

const compile = (options: object, ...files: string[]) => {
  write('tsconfig.json', { compilerOptions: { strict: true, target: 'ES2022', types: ['node'], outDir: 'out', ...options }, files });
  return node(join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc'), '--project', 'tsconfig.json');
};

const synthesised = () => {
  const { Resources } = JSON.parse(readFileSync(join(app, 'cdk.out', 'Consumer.template.json'), 'utf8')) as { Resources: object };
  const assets = readdirSync(join(app, 'cdk.out')).filter((file) => file.startsWith('asset.'));
  return { resources: Object.keys(Resources).map((id) => id.replace(/[0-9A-F]{8}$/, '')), assets: assets.length };
};

beforeAll(() => {
  packed = pack();
  link('aws-cdk-lib', 'constructs', '@types/node', 'undici-types');
  write('package.json', { name: 'consumer', private: true });
}, 180_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));
beforeEach(() => rmSync(join(app, 'cdk.out'), { recursive: true, force: true }));

const TYPESCRIPT = `
  import { App, Duration, Stack } from 'aws-cdk-lib';
  import { Access, FunctionService, Handler, KeyValueStore, Profile, WorkQueue, type WorkQueueProps } from 'cdk-system-blueprints';
  import { UrlShortener, type UrlShortenerProps } from 'cdk-system-blueprints/blueprints';

  const app = new App();
  Profile.set(app, Profile.SANDBOX);
  const stack = new Stack(app, 'Consumer');
  const queueProps: WorkQueueProps = { retry: { maxAttempts: 3, maxDelay: Duration.minutes(1) } };
  const queue = new WorkQueue(stack, 'Jobs', queueProps);
  const worker = new FunctionService(stack, 'Worker', { handler: Handler.of('url-shortener/redirect') });
  worker.use(new KeyValueStore(stack, 'Store', { partitionKey: 'id' }), Access.READ_WRITE);
  queue.consumedBy(worker, { idempotent: true });
  const props: UrlShortenerProps = { clickConcurrency: 3, disposable: true };
  const shortener: UrlShortener = new UrlShortener(stack, 'Shortener', props);
  const outputs: { readonly [name: string]: string } = shortener.outputs;
  if (!outputs.Url) {
    throw new Error('no address');
  }
  export function impossible(): void {
    // @ts-expect-error -- a number
    new WorkQueue(stack, 'Wrong', { retry: { maxAttempts: 'three' } });
    // @ts-expect-error -- a typo
    new UrlShortener(stack, 'Wrong', { clickConcurency: 3 });
    // @ts-expect-error -- required
    new KeyValueStore(stack, 'Wrong');
  }
  app.synth();
`;

describe('a TypeScript app', () => {
  test('compiles against the root and the blueprints, and is told what it cannot be', () => {
    write('app.ts', TYPESCRIPT);
    expect(compile({ module: 'NodeNext', moduleResolution: 'NodeNext', skipLibCheck: true }, 'app.ts'))
      .toEqual({ status: 0, stdout: '', stderr: '' });
  });

  test('synthesises constructs and a blueprint with their shipped handlers', () => {
    expect(node(join('out', 'app.js'))).toEqual({ status: 0, stdout: '', stderr: '' });
    const { resources, assets } = synthesised();
    expect(resources).toEqual(expect.arrayContaining(['JobsQueue', 'WorkerFunction', 'StoreTable', 'ShortenerLinksTable']));
    expect(assets).toBe(4);
  });

  /** The packages whose types an entry of the package needs: with `skipLibCheck: false` all of them must be installed. */
  const typesNeededBy = (entry: string): string[] => {
    const seen = new Set<string>();
    const packages = new Set<string>();
    const visit = (file: string): void => {
      if (seen.has(file)) {
        return;
      }
      seen.add(file);
      const declaration = readFileSync(file, 'utf8');
      for (const [, module] of declaration.matchAll(/(?:from|import\()\s*'([^']+)'|reference types="([^"]+)"/g)) {
        if (!module?.startsWith('.')) {
          packages.add(/^(@[^/]+\/)?[^/]+/.exec(module ?? 'a reference')![0]);
          continue;
        }
        const path = resolve(dirname(file), module);
        visit(existsSync(`${path}.d.ts`) ? `${path}.d.ts` : join(path, 'index.d.ts'));
      }
    };
    visit(join(installed, 'dist', entry, 'index.d.ts'));
    return [...packages].sort();
  };

  test('needs no types for the constructs but those of the CDK', () => {
    expect(typesNeededBy('lib')).toEqual(['aws-cdk-lib', 'constructs']);
  });

  test('needs no types for the blueprints but those of the CDK', () => {
    expect(typesNeededBy('blueprints')).toEqual(['aws-cdk-lib', 'constructs']);
  });

  const entriesWithoutTypes = (moduleResolution: ModuleResolutionKind) => ENTRIES.filter((entry) => {
    const { resolvedModule } = resolveModuleName(`cdk-system-blueprints${entry}`, join(app, 'app.ts'), { moduleResolution }, sys);
    return !resolvedModule?.resolvedFileName.endsWith('.d.ts');
  });

  test.each([
    ['NodeNext', ModuleResolutionKind.NodeNext],
    ['Bundler', ModuleResolutionKind.Bundler],
    // What TypeScript 5 chooses for `module: commonjs`: it does not read `exports`, but `typesVersions`.
    ['Node10', ModuleResolutionKind.Node10],
  ])(
    'finds the types of every entry by module resolution %s', (_, resolution) => {
      expect(entriesWithoutTypes(resolution)).toEqual([]);
    });

});

describe('a plain JavaScript app', () => {
  test('synthesises constructs and a blueprint', () => {
    write('app.cjs', `
      const { App, Stack } = require('aws-cdk-lib');
      const { Profile, WorkQueue } = require('cdk-system-blueprints');
      const { UrlShortener } = require('cdk-system-blueprints/blueprints');
      const app = new App();
      Profile.set(app, Profile.PRODUCTION);
      const stack = new Stack(app, 'Consumer');
      new WorkQueue(stack, 'Jobs');
      new UrlShortener(stack, 'Shortener');
      app.synth();
    `);
    expect(node('app.cjs')).toEqual({ status: 0, stdout: '', stderr: '' });
    expect(synthesised().resources).toEqual(expect.arrayContaining(['JobsQueue', 'JobsOldestMessageAlarm', 'ShortenerLinksTable']));
  });

  test('in ES modules imports the same names', () => {
    write('app.mjs', `
      import { WorkQueue, Profile } from 'cdk-system-blueprints';
      import { UrlShortener } from 'cdk-system-blueprints/blueprints';
      console.log(typeof WorkQueue, Profile.SANDBOX.name, typeof UrlShortener);
    `);
    expect(node('app.mjs')).toEqual({ status: 0, stdout: 'function sandbox function\n', stderr: '' });
  });

  test('is told at synth what it cannot be', () => {
    write('wrong.cjs', `
      const { App, Stack } = require('aws-cdk-lib');
      const { WorkQueue } = require('cdk-system-blueprints');
      new WorkQueue(new Stack(new App(), 'Consumer'), 'Jobs', { retention: 60 });
    `);
    const { status, stderr } = node('wrong.cjs');
    expect(status).toBe(1);
    expect(stderr).toContain([
      'Consumer/Jobs was given what it cannot be:', '  WorkQueue.WrongType: retention is 60; allowed: retention: a Duration',
    ].join('\n'));
  });
});

describe('loading', () => {
  /** For each name of the library, the files that using it loads beyond the core of the CDK. */
  const loaded = () => {
    write('loading.cjs', `
      const { App, Stack } = require('aws-cdk-lib/core');
      require('constructs');
      const before = new Set(Object.keys(require.cache));
      const use = (name) => {
        Object.keys(require.cache).filter((file) => !before.has(file)).forEach((file) => delete require.cache[file]);
        const library = require('cdk-system-blueprints');
        if (name === 'a queue') {
          const stack = new Stack(new App(), 'Stack');
          library.Profile.set(stack, library.Profile.SANDBOX);
          new library.WorkQueue(stack, 'Jobs');
        } else if (name) {
          library[name];
        }
        return Object.keys(require.cache).filter((file) => !before.has(file));
      };
      const names = Object.keys(require('cdk-system-blueprints'));
      console.log(JSON.stringify(Object.fromEntries(['', 'a queue', ...names].map((name) => [name, use(name)]))));
    `);
    const { stdout, stderr } = node('loading.cjs');
    expect(stderr).toBe('');
    return JSON.parse(stdout) as Record<string, string[]>;
  };

  test('an app loads the concepts that it uses, and no more of the CDK than they need', () => {
    const { '': nothing, ...names } = loaded();
    expect(nothing?.map((file) => relative(installed, file))).toEqual([join('dist', 'lib', 'index.js')]);
    expect(Object.keys(names)).toEqual(expect.arrayContaining(['WorkQueue', 'KeyValueStore', 'ApiGateway', 'Profile']));
    const all = (pattern: RegExp) => [...new Set(names['a queue']!.flatMap((file) => pattern.exec(file)?.[1] ?? []))].sort();
    expect(all(/dist[\\/]lib[\\/]([\w-]+)[\\/]/)).toEqual(['core', 'work-queue']);
    expect(all(/(aws-(?:lambda|dynamodb|apigateway|ecs|elasticache|cloudwatch))[\\/]lib[\\/]/)).toEqual([]);
    const heavy = Object.entries(names).filter(([name, files]) => name !== 'a queue' && files.length > 60);
    expect(heavy.map(([name, files]) => `${name}: ${files.length}`)).toEqual([]);
  });
});

describe('the runtime', () => {
  test('is imported and compiled by code that has what handlers need', () => {
    link('@aws-lambda-powertools', '@aws-sdk', '@smithy', '@aws-crypto', '@aws', '@types/aws-lambda', 'tslib', 'bowser');
    write('handler.ts', `
      import { queueConsumer, json, KeyedMutex } from 'cdk-system-blueprints/runtime';
      export const kinds: string[] = [typeof queueConsumer, typeof json, typeof KeyedMutex];
      console.log(kinds.join(' '));
    `);
    expect(compile({ module: 'NodeNext', moduleResolution: 'NodeNext', skipLibCheck: true }, 'handler.ts'))
      .toEqual({ status: 0, stdout: '', stderr: '' });
    expect(node(join('out', 'handler.js'))).toEqual({ status: 0, stdout: 'function function function\n', stderr: '' });
  });

  test('leaves out of a bundle what a handler does not use', () => {
    write('one.ts', `
      import { KeyedMutex } from 'cdk-system-blueprints/runtime';
      export const mutex = new KeyedMutex();
    `);
    const { outputFiles: [bundle] } = buildSync({
      entryPoints: [join(app, 'one.ts')], bundle: true, minify: true, platform: 'node', external: ['@aws-sdk/*'], write: false,
    });
    expect(bundle!.contents.length).toBeLessThan(1_000);
  });

  test('has modules that are imported on their own, and are the same as in the whole', () => {
    write('modules.mjs', `
      import * as runtime from 'cdk-system-blueprints/runtime';
      const modules = await Promise.all(${JSON.stringify(RUNTIME_MODULES)}.map((name) => import('cdk-system-blueprints/runtime/' + name)));
      const names = modules.flatMap((module) => Object.entries(module).filter(([name]) => !/^(default|module.exports|__esModule)$/.test(name)));
      console.log(modules.length, names.length > modules.length, names.filter(([name, value]) => runtime[name] !== value).map(([name]) => name).join());
    `);
    expect(node('modules.mjs')).toEqual({ status: 0, stdout: `${RUNTIME_MODULES.length} true \n`, stderr: '' });
  });
});

describe('the package', () => {
  const manifest = () => JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8')) as {
    main: string; types: string; bin: Record<string, string>; dependencies?: object;
    exports: Record<string, string | Record<string, string>>;
  };

  test('holds the build and the handlers, and neither sources nor tests', () => {
    const ours = [
      /^dist\/.*(\.js|\.d\.ts)$/, /^dist\/runtime-modules\/.*\.mjs$/, /^dist\/programs\/[\w-]+\/Dockerfile$/,
      // A page that is served, and an image library that is WebAssembly.
      /^dist\/handlers\/[\w-]+\/[\w-]+\/([\w.-]+\.(html|css|wasm)|LICENSE-[\w-]+)$/,
      /^(lib|blueprints)\/[\w-]+\/README\.md$/, /^local\/([\w-]+\.txt|ministack_extension\/(\w+\/)?\w+\.py)$/,
      /^docs\/([\w-]+\.md|pictures\/[\w-]+\.svg)$/,
      /^([A-Z]+(\.md)?|(cdk|package)\.json)$/,
    ];
    expect(packed.filter((file) => !ours.some((pattern) => pattern.test(file)))).toEqual([]);
    expect(packed.filter((file) => /(^|\/)(test|bench|examples|scripts|node_modules)\/|\.test\./.test(file))).toEqual([]);
    const sources = [['runtime', 'runtime/handlers'], ...BLUEPRINTS.map(({ name }) => [name, `blueprints/${name}/handlers`])]
      .filter(([, folder]) => existsSync(join(ROOT, folder!)));
    const handlers = sources.flatMap(([name, folder]) => readdirSync(join(ROOT, folder!))
      .flatMap((file) => file.endsWith('.ts') ? [`dist/handlers/${name}/${file.replace('.ts', '')}/index.js`] : []));
    expect(packed.filter((file) => /^dist\/handlers\/.*\/index\.js$/.test(file)).sort()).toEqual(handlers.sort());
    const python = readdirSync(join(ROOT, 'local/ministack_extension'), { recursive: true, encoding: 'utf8' })
      .flatMap((file) => file.endsWith('.py') ? [`local/ministack_extension/${file.replaceAll(sep, '/')}`] : []);
    expect(packed).toEqual(expect.arrayContaining(['README.md', 'LICENSE', 'CHANGELOG.md', 'cdk.json', ...python]));
  });

  test('has every file that it names', () => {
    const { main, types, exports, bin, dependencies } = manifest();
    const subpaths = Object.values(exports).flatMap((file) => typeof file === 'string' ? file : Object.values(file))
      .flatMap((file) => file.includes('*') ? RUNTIME_MODULES.map((module) => file.replace('*', module)) : file);
    const named = [main, types, ...subpaths, ...Object.values(bin)];
    expect(named.filter((file) => !existsSync(join(installed, file)))).toEqual([]);
    const modules = subpaths.filter((file) => file.endsWith('.js'));
    expect(modules.filter((file) => !existsSync(join(installed, file.replace(/\.js$/, '.d.ts'))))).toEqual([]);
    expect(Object.values(bin).filter((file) => !readFileSync(join(installed, file), 'utf8').startsWith('#!/usr/bin/env node'))).toEqual([]);
    expect(dependencies).toBeUndefined();
  });

  test('says nothing of the machine that built it', () => {
    const registry = execFileSync('npm', ['config', 'get', 'registry'], { cwd: ROOT, encoding: 'utf8', shell: process.platform === 'win32' });
    const secrets = [folder, ROOT, homedir(), new URL(registry.trim()).host].filter((secret) => secret.length > 4);
    // What somebody else has compiled speaks of their machine.
    const told = packed.filter((file) => !file.endsWith('.wasm')).flatMap((file) => {
      const content = readFileSync(join(installed, file), 'utf8');
      return secrets.filter((secret) => content.includes(secret)).map((secret) => `${file}: ${secret}`);
    });
    expect(told).toEqual([]);
  });

  test('brings a command that lists the blueprints', () => {
    const { status, stdout, stderr } = node(join(installed, manifest().bin['system-blueprints']!), 'list');
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toContain('url-shortener');
  });
});
