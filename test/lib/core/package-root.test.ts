import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { packageRoot } from '../../../lib/core/package-root';

let folder: string;
beforeEach(() => { folder = mkdtempSync(join(tmpdir(), 'package-root-')); });
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const manifest = (name: string, ...path: string[]) => {
  mkdirSync(join(folder, ...path), { recursive: true });
  writeFileSync(join(folder, ...path, 'package.json'), JSON.stringify({ name }));
};

test('is the folder above the sources', () => {
  expect(packageRoot()).toBe(resolve(__dirname, '../../..'));
});

test('is the installed package, not the app around it nor a package inside it', () => {
  const installed = join('node_modules', 'cdk-system-blueprints');
  manifest('my-app');
  manifest('cdk-system-blueprints', installed);
  manifest('inner', installed, 'dist');
  mkdirSync(join(folder, installed, 'dist', 'lib', 'core'), { recursive: true });
  expect(packageRoot(join(folder, installed, 'dist', 'lib', 'core'))).toBe(join(folder, installed));
});

test('is nowhere for files that were copied out of the package, and the error says where it looked', () => {
  manifest('my-app');
  expect(() => packageRoot(folder)).toThrow(`no folder above ${folder} holds the package.json of cdk-system-blueprints`);
});
