import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { BLUEPRINTS, blueprintNamed, UnknownBlueprintError } from '../../blueprints/registry';
import * as lib from '../../lib';
import { stackWith } from '../support/stacks';

const ROOT = resolve(__dirname, '../..');
const names = BLUEPRINTS.map(({ name }) => name);

test('every blueprint has a name of its own and a folder of that name, and every folder is in the catalogue', () => {
  const folders = readdirSync(join(ROOT, 'blueprints'), { withFileTypes: true }).filter((entry) => entry.isDirectory());
  expect([...names].sort()).toEqual(folders.map(({ name }) => name).sort());
  expect(new Set(names).size).toBe(names.length);
});

describe.each(BLUEPRINTS.map((entry) => [entry.name, entry] as const))('%s', (name, entry) => {
  test('has a name that can be a stack and a folder', () => {
    expect(name).toMatch(/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/);
    expect(existsSync(join(ROOT, 'blueprints', name, 'index.ts'))).toBe(true);
  });

  test('is created with addresses by which it can be used', () => {
    const { outputs } = entry.create(stackWith());
    expect(Object.keys(outputs).length).toBeGreaterThan(0);
    expect(Object.entries(outputs).filter(([output, value]) => !/^[A-Z][A-Za-z0-9]*$/.test(output) || !value)).toEqual([]);
  });

  test('is composed of the concepts that the catalogue names, no more and no less', () => {
    const concepts = Object.entries(lib).filter(([concept]) => entry.concepts.includes(concept));
    expect(concepts.map(([concept]) => concept).sort()).toEqual([...entry.concepts].sort());
    const used = new Set(entry.create(stackWith()).node.findAll().flatMap((construct) =>
      Object.entries(lib).flatMap(([concept, value]) => typeof value === 'function' && construct.constructor === value ? [concept] : [])));
    expect([...used].sort()).toEqual([...entry.concepts].sort());
  });

  test('has a scenario with steps that each prove something', () => {
    const { steps } = entry.scenario();
    expect(steps.map(({ proves }) => proves).filter((proves) => proves.length < 10)).toEqual([]);
    expect(new Set(steps.map(({ proves }) => proves)).size).toBe(steps.length);
  });
});

describe('a name', () => {
  test.each(names)('%s finds its blueprint', (name) => {
    expect(blueprintNamed(name).name).toBe(name);
  });

  test('that is nearly right is refused with a hint and the list', () => {
    expect(() => blueprintNamed('url-shortner')).toThrow(new UnknownBlueprintError('url-shortner'));
    expect(() => blueprintNamed('url-shortner'))
      .toThrow(`there is no blueprint 'url-shortner'; did you mean url-shortener?\nblueprints: ${names.join(', ')}`);
  });

  test('that is like no other is refused without a hint', () => {
    expect(() => blueprintNamed('xyz')).toThrow(`there is no blueprint 'xyz'\nblueprints: ${names.join(', ')}`);
  });
});

test('loading the catalogue loads no blueprint and no CDK; creating one loads that one', () => {
  const script = `
    const loaded = () => Object.keys(require.cache).map((file) => file.replaceAll('\\\\', '/'));
    const { BLUEPRINTS } = require('./blueprints/registry');
    const folders = () => [...new Set(loaded().flatMap((file) => /[/]blueprints[/]([^/]+)[/](?!entry[.])/.exec(file)?.[1] ?? []))];
    const before = { folders: folders(), cdk: loaded().filter((file) => file.includes('/aws-cdk-lib/')).length };
    const { App, Stack } = require('aws-cdk-lib');
    BLUEPRINTS[0].create(new Stack(new App(), 'Stack'));
    console.log(JSON.stringify({ before, after: folders() }));
  `;
  const output = execFileSync(process.execPath, ['--require', 'tsx/cjs', '--eval', script], { cwd: ROOT, encoding: 'utf8' });
  expect(JSON.parse(output)).toEqual({ before: { folders: [], cdk: 0 }, after: [names[0]] });
});
