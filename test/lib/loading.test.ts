import { execFileSync } from 'node:child_process';
import { relative, resolve } from 'node:path';

const ROOT = resolve(__dirname, '../..');

/** The files that a fresh process has loaded after importing the library: `lib/...`, or `node_modules/...` wherever that is. */
function loadedBy(module: string): string[] {
  const script = `
    const before = new Set(Object.keys(require.cache));
    require(${JSON.stringify(module)});
    console.log(JSON.stringify(Object.keys(require.cache).filter((file) => !before.has(file))));
  `;
  const output = execFileSync(process.execPath, ['--require', 'tsx/cjs', '--eval', script], { cwd: ROOT, encoding: 'utf8' });
  return (JSON.parse(output) as string[]).map((file) => /node_modules.*/.exec(file)?.[0] ?? relative(ROOT, file))
    .map((file) => file.replaceAll('\\', '/'));
}

test('importing the library loads itself, the CDK and constructs, and nothing else', () => {
  const files = loadedBy('./lib/index');
  const packages = new Set(files.map((file) => /^node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(file)?.[1] ?? file.split('/')[0]));
  expect([...packages].sort()).toEqual(['aws-cdk-lib', 'constructs', 'lib']);
  expect(files.filter((file) => file.startsWith('lib/') && file.includes('remembered-validation'))).toEqual([]);
});

test('importing one concept does not load the implementation of the others', () => {
  const concepts = (module: string) => {
    const folders = loadedBy(module).flatMap((file) => /^lib\/([^/]+)\//.exec(file)?.[1] ?? []);
    return [...new Set(folders)].sort();
  };
  expect(concepts('./lib/key-value-store/index')).toEqual(['core', 'key-value-store']);
  expect(concepts('./lib/work-queue/index')).toEqual(['core', 'work-queue']);
  expect(concepts('./lib/idempotency/index')).toEqual(['core', 'idempotency', 'key-value-store']);
  expect(concepts('./lib/job-status/index')).toEqual(['core', 'function-service', 'job-status', 'key-value-store']);
  expect(concepts('./lib/leader-election/index')).toEqual(['core', 'distributed-lock', 'key-value-store', 'leader-election']);
  expect(concepts('./lib/rate-limiter/index')).toEqual(['core', 'key-value-store', 'rate-limiter']);
  expect(concepts('./lib/distributed-lock/index')).toEqual(['core', 'distributed-lock', 'key-value-store']);
  expect(concepts('./lib/api-gateway/index')).toEqual(['api-gateway', 'core']);
  expect(concepts('./lib/event-store/index')).toEqual(['core', 'event-store', 'key-value-store']);
  expect(concepts('./lib/event-stream/index')).toEqual(['core', 'event-stream']);
  expect(concepts('./lib/cache/index')).toEqual(['cache', 'core', 'network']);
  expect(concepts('./lib/cache-strategy/index')).toEqual(['cache-strategy', 'core', 'function-service', 'network', 'work-queue']);
  expect(concepts('./lib/load-balancer/index')).toEqual(['core', 'load-balancer', 'network']);
  expect(concepts('./lib/container-service/index')).toEqual(['container-service', 'core', 'network']);
  expect(concepts('./lib/cdn/index')).toEqual(['cdn', 'core']);
  expect(concepts('./lib/change-data-capture/index')).toEqual(['change-data-capture', 'core']);
  expect(concepts('./lib/search-index/index')).toEqual(['core', 'network', 'relational-database', 'search-index']);
  expect(concepts('./lib/circuit-breaker/index')).toEqual(['circuit-breaker', 'core', 'key-value-store']);
  expect(concepts('./lib/admission-control/index')).toEqual(['admission-control', 'core']);
  expect(concepts('./lib/object-store/index')).toEqual(['core', 'object-store']);
  expect(concepts('./lib/presigned-upload/index')).toEqual([
    'core', 'function-service', 'key-value-store', 'object-store', 'presigned-upload', 'work-queue',
  ]);
  expect(concepts('./lib/relational-database/index')).toEqual(['core', 'network', 'relational-database']);
  expect(concepts('./lib/saga/index')).toEqual(['core', 'saga']);
  expect(concepts('./lib/secret-store/index')).toEqual(['core', 'secret-store']);
  expect(concepts('./lib/identity-provider/index')).toEqual(['api-gateway', 'core', 'identity-provider']);
  expect(concepts('./lib/fan-out/index')).toEqual(['core', 'fan-out']);
  expect(concepts('./lib/shared-file-system/index')).toEqual(['core', 'network', 'shared-file-system']);
  expect(concepts('./lib/session-store/index')).toEqual(['core', 'key-value-store', 'secret-store', 'session-store']);
  expect(concepts('./lib/singleton-cron/index')).toEqual(['core', 'key-value-store', 'singleton-cron']);
  expect(concepts('./lib/windowed-aggregate/index')).toEqual(['core', 'key-value-store', 'windowed-aggregate']);
});
