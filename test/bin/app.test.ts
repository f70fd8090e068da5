import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { BLUEPRINTS } from '../../blueprints/registry';
import type { TemplateResource } from '../support/stacks';

const ROOT = resolve(__dirname, '../..');
const names = BLUEPRINTS.map(({ name }) => name);
let outdir: string;

beforeEach(() => { outdir = mkdtempSync(join(tmpdir(), 'app-')); });
afterEach(() => rmSync(outdir, { recursive: true, force: true }));

/** Runs the app as the CDK does. */
function run(context: Record<string, string>) {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--import', 'tsx', 'bin/app.ts'], {
    cwd: ROOT,
    encoding: 'utf8',
    env: { ...process.env, CDK_OUTDIR: outdir, CDK_CONTEXT_JSON: JSON.stringify(context), CDK_VALIDATION: 'false' },
  });
  const stacks = readdirSync(outdir).filter((file) => file.endsWith('.template.json')).map((file) => file.slice(0, -'.template.json'.length));
  return { status, stdout, stderr, stacks };
}

function template(name: string): { Description: string; Outputs: object; Resources: Record<string, TemplateResource> } {
  return JSON.parse(readFileSync(join(outdir, `${name}.template.json`), 'utf8'));
}

test('without a name every blueprint becomes a stack', () => {
  const { status, stacks } = run({});
  expect(status).toBe(0);
  expect(stacks.sort()).toEqual([...names].sort());
});

test('with a name only that blueprint becomes a stack: a disposable sandbox with outputs', () => {
  const { status, stdout, stacks } = run({ blueprint: 'url-shortener' });
  expect([status, stdout, stacks]).toEqual([0, '', ['url-shortener']]);
  const { Description, Outputs, Resources } = template('url-shortener');
  expect(Description).toBe('Short links that redirect, expire and count every click exactly once (cdk-system-blueprints, sandbox)');
  expect(Object.keys(Outputs)).toContain('Url');
  expect(Object.values(Resources).filter(({ DeletionPolicy }) => DeletionPolicy === 'Retain')).toEqual([]);
});

test('the profile can be chosen', () => {
  expect(run({ blueprint: 'url-shortener', profile: 'production' }).status).toBe(0);
  const { Description, Resources } = template('url-shortener');
  expect(Description).toMatch(/, production\)$/);
  expect(Object.values(Resources).some(({ Type }) => Type === 'AWS::CloudWatch::Alarm')).toBe(true);
});

test.each([
  ['blueprint', { blueprint: 'url-shortner' }, `there is no blueprint 'url-shortner'; did you mean url-shortener?\nblueprints: ${names.join(', ')}\n`],
  ['profile', { profile: 'prodution' }, "(app) was given what it cannot be:\n  Profile.Unknown: profile 'prodution' (did you mean production?); allowed: sandbox or production\n"],
])('an unknown %s is refused with a hint and what exists, without a stack trace', (_, context, message) => {
  expect(run(context)).toEqual({ status: 1, stdout: '', stderr: message, stacks: [] });
});
