import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { Handler } from '../../../lib/core';
import { packageRoot } from '../../../lib/core/package-root';
import { refusedBy } from '../../support/stacks';

jest.mock('../../../lib/core/package-root');

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'handler-'));
  jest.mocked(packageRoot).mockReturnValue(folder);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const build = (...names: string[]) => {
  for (const name of names) {
    mkdirSync(join(folder, 'dist', 'handlers', name), { recursive: true });
    writeFileSync(join(folder, 'dist', 'handlers', name, 'index.js'), 'exports.handler = async () => {};');
  }
};

test('a shipped handler starts at the handler of its bundle', () => {
  build('shop/pay');
  const handler = Handler.of('shop/pay');
  expect(handler.entryPoint).toBe('index.handler');
  expect(handler.code).toMatchObject({ path: join(folder, 'dist', 'handlers', 'shop', 'pay') });
});

test('an unknown handler is refused with a hint and the names that exist', () => {
  build('shop/pay', 'shop/ship', 'chat/send');
  expect(refusedBy(() => Handler.of('shop/shop'))).toEqual([
    { code: 'Handler.Unknown', given: "'shop/shop' (did you mean shop/ship?)", allowed: 'chat/send, shop/pay, shop/ship' },
  ]);
  expect(refusedBy(() => Handler.of('nothing/like-it'))[0]?.given).toBe("'nothing/like-it'");
});

test.each(['', 'shop', 'shop/pay/index.js', '../shop/pay', 'shop/..', 'SHOP/PAY', undefined, 7])('%j names no handler', (name) => {
  build('shop/pay');
  expect(refusedBy(() => Handler.of(name as string))[0]?.code).toBe('Handler.Unknown');
});

test('a folder without its bundle is no handler', () => {
  build('shop/pay');
  mkdirSync(join(folder, 'dist', 'handlers', 'shop', 'empty'));
  expect(refusedBy(() => Handler.of('shop/empty'))).toEqual([
    { code: 'Handler.Unknown', given: "'shop/empty' (did you mean shop/pay?)", allowed: 'shop/pay' },
  ]);
});

test('before the handlers are built the refusal says how to build them', () => {
  expect(refusedBy(() => Handler.of('shop/pay'))).toEqual([
    { code: 'Handler.NotBuilt', given: "'shop/pay' before any handler was built", allowed: "handlers after 'npm run build:handlers'" },
  ]);
});

test.each(['dist/worker', null])('%j is no code', (code) => {
  expect(refusedBy(() => Handler.fromCode(code as unknown as Code))[0]).toMatchObject({
    code: 'Handler.NotCode', given: code === null ? 'null' : "'dist/worker'",
  });
});

test('code of your own starts where you say', () => {
  const code = Code.fromInline('x');
  expect(Handler.fromCode(code)).toMatchObject({ code, entryPoint: 'index.handler' });
  expect(Handler.fromCode(code, 'main.start')).toMatchObject({ code, entryPoint: 'main.start' });
});
