import * as fs from 'node:fs';
import * as path from 'node:path';
import { App, CfnResource, Stack } from 'aws-cdk-lib';
import type { BlueprintEntry } from '../../blueprints/registry';
import { sizingsOf } from '../../cli/sizes';
import * as lib from '../../lib';
import { Profile } from '../../lib/core/profile';

const ROOT = path.join(__dirname, '..', '..');

/**
 * What a blueprint is made of and with, when it is built, under either profile:
 * - `WorkQueue`: a construct of that class stands in its stack, at whatever depth
 * - `EventStream.consumedBy`: that method was called, by whomever
 * - `runtime/lock`, `runtime/lock.withLock`: its code imports that module, that name
 * - `AWS::SQS::Queue`, `AWS::SQS::Queue.RedrivePolicy`, `AWS::SQS::Queue.DelaySeconds=5`: its template has that
 * - `Sizing`: something is sized for its estimate
 */
export function marksOf(entry: BlueprintEntry): ReadonlySet<string> {
  const { create, estimate, name } = entry;
  const marks = new Set(importsOf(name));
  recordingCalls((call) => marks.add(call), () => {
    for (const profile of [Profile.SANDBOX, Profile.PRODUCTION]) {
      const stack = new Stack(new App({ analyticsReporting: false }), name);
      Profile.set(stack, profile);
      create(stack);
      marksIn(stack).forEach((mark) => marks.add(mark));
    }
    const sized = new Stack(new App({ analyticsReporting: false }), name);
    if (create(sized, estimate).node.findAll().some((construct) => sizingsOf(construct).length > 0)) {
      marks.add('Sizing');
    }
  });
  return marks;
}

/** What stands in a stack, and what its template says of each resource. */
export function marksIn(stack: Stack): string[] {
  const constructs = stack.node.findAll();
  return [
    ...constructs.map((construct) => construct.constructor.name),
    ...constructs.filter(CfnResource.isCfnResource).flatMap((resource) => Object.values(rendered(resource)))
      .flatMap(({ Type, Properties }) => [Type, ...marksBelow(Type, Properties)]),
  ];
}

interface Resource {
  readonly Type: string;
  readonly Properties?: object;
}

/** Not by a synthesis, which would copy every handler and image. */
function rendered(resource: CfnResource): Record<string, Resource> {
  const fragment = (resource as unknown as { _toCloudFormation(): object })._toCloudFormation();
  return (Stack.of(resource).resolve(fragment) as { Resources?: Record<string, Resource> }).Resources ?? {};
}

/** One mark for each property that is there, and one for each plain value. */
function marksBelow(place: string, properties: object = {}): string[] {
  return Object.entries(properties).flatMap(([name, value]: [string, unknown]) => {
    const mark = `${place}.${name}`;
    return [value].flat(Infinity).filter((each) => each !== undefined).flatMap((each) =>
      [mark, ...typeof each === 'object' && each !== null ? marksBelow(mark, each) : [`${mark}=${String(each)}`]]);
  });
}

/** Runs something while every method of the library, static ones too, tells that it is called. */
function recordingCalls(record: (call: string) => void, run: () => void): void {
  const undo: (() => void)[] = [];
  const listen = (owner: object, className: string) => {
    for (const [name, descriptor] of Object.entries(Object.getOwnPropertyDescriptors(owner))) {
      const method: unknown = descriptor.value;
      if (typeof method === 'function' && name !== 'constructor' && descriptor.configurable) {
        const heard = function (this: unknown, ...args: unknown[]): unknown {
          record(`${className}.${name}`);
          return (method as (...given: unknown[]) => unknown).apply(this, args);
        };
        Object.defineProperty(owner, name, { ...descriptor, value: heard });
        undo.push(() => Object.defineProperty(owner, name, descriptor));
      }
    }
  };
  for (const exported of Object.values<unknown>(lib).filter((value) => typeof value === 'function')) {
    listen(exported, exported.name);
    listen(exported.prototype as object, exported.name);
  }
  try {
    run();
  } finally {
    undo.forEach((restore) => restore());
  }
}

const IMPORT = /^import \{([^}]*)\} from '((?:\.\.\/)+runtime(?:\/[\w-]+)?|@aws-sdk\/[\w-]+)';$/gm;

/** What the handlers, the domain and the program of a blueprint import: modules of the runtime, and clients of AWS. */
function importsOf(blueprint: string): string[] {
  const folders = ['handlers', 'domain', 'program'].map((folder) => path.join(ROOT, 'blueprints', blueprint, folder));
  return folders.flatMap(sourcesIn).flatMap((source) => [...source.matchAll(IMPORT)]).flatMap(([, names, from]) => names!.split(',')
    .map((name) => name.trim().split(' as ')[0]!)
    .flatMap((name) => {
      const module = from!.startsWith('@') && !name.startsWith('type ') ? from : RUNTIME.get(name);
      return module === undefined ? [] : [module, `${module}.${name}`];
    }));
}

function sourcesIn(folder: string): string[] {
  const files = fs.existsSync(folder) ? fs.readdirSync(folder, { recursive: true }).map(String) : [];
  return files.filter((file) => file.endsWith('.ts')).map((file) => fs.readFileSync(path.join(folder, file), 'utf8'));
}

/** By the name of what it exports, each module of the runtime. */
const RUNTIME: ReadonlyMap<string, string> = new Map(fs.readdirSync(path.join(ROOT, 'runtime'))
  .map((file) => path.basename(file, '.ts')).filter((module) => module !== 'index' && module !== 'handlers')
  .flatMap((module) => {
    // eslint-disable-next-line @typescript-eslint/no-require-imports -- all there are, whatever their names
    const exported = require(path.join(ROOT, 'runtime', module)) as object;
    return Object.keys(exported).map((name) => [name, `runtime/${module}`] as const);
  }));
