// One file for all that runs blueprints: files run side by side, and what is proven here should not share the machine more
// than it must.
import * as fs from 'node:fs';
import * as net from 'node:net';
import * as os from 'node:os';
import * as path from 'node:path';
import { BLUEPRINTS } from '../../blueprints/registry';
import { Command } from './command';

jest.setTimeout(120_000);

describe.each(BLUEPRINTS.map(({ name }) => name))('%s', (name) => {
  it('is deployed, proven under faults, taken down, and leaves nothing behind', async () => {
    const run = new Command(['try', name]);
    const exit = await run.exit;
    expect(run.output).toContain(`${name}: everything proven`);
    expect(run.output).not.toContain('✗');
    expect(run.output).toMatch(/recorded only .*\n +AWS::/);
    expect(exit).toBe(0);
    expect(await run.leftovers()).toEqual([]);
  }, 300_000);
});

describe('the dashboard of real-time-analytics', () => {
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- in this file, after the others, and alone
  require('./real-time-analytics.browser');
});

describe('Ctrl-C', () => {
  it.each(['local AWS ...', 'The local AWS answers', 'cdk bootstrap ...', 'cdk deploy ...', 'scenario\n'])(
    'after "%s" stops and cleans everything', async (moment) => {
      const run = new Command(['try']);
      await run.said(moment);
      // The terminal sends it to every process, and npm passes it on once more.
      run.interrupt();
      run.interrupt();
      expect(await run.exit).toBe(130);
      expect(run.output).toContain('interrupted; everything that was started is stopped');
      expect(await run.leftovers()).toEqual([]);
    });
});

it('two at once do not meet', async () => {
  const runs = [new Command(['try']), new Command(['try'])];
  await Promise.all(runs.map((run) => run.said('✓ a link is created and redirects to its URL at once')));
  runs.forEach((run) => run.interrupt());
  expect(await Promise.all(runs.map((run) => run.exit))).toEqual([130, 130]);
  expect((await Promise.all(runs.map((run) => run.leftovers()))).flat()).toEqual([]);
});

it('an emulator that dies half way is told as such', async () => {
  const run = new Command(['try']);
  await run.said('✓ cdk deploy');
  process.kill(run.emulator()!, 'SIGKILL');
  expect(await run.exit).toBe(1);
  expect(run.output).toContain('EMULATOR_DIED: The local AWS ended by itself (SIGKILL)');
  expect(run.output).not.toMatch(/\n\s+at /);
  expect(await run.leftovers()).toEqual([]);
});

it('a taken port is told as such', async () => {
  const server = net.createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as net.AddressInfo;
  const run = new Command(['try', '--port', String(port)]);
  expect(await run.exit).toBe(1);
  expect(run.output).toContain(String(port));
  expect(run.output).toMatch(/already|in use|taken/);
  expect(await run.leftovers()).toEqual([]);
  server.close();
});

it('a missing Python is told as such', async () => {
  const empty = fs.mkdtempSync(path.join(os.tmpdir(), 'no-python-'));
  const run = new Command(['try'], { PATH: empty });
  expect(await run.exit).toBe(1);
  expect(run.output).toMatch(/Python/);
  expect(run.output).not.toMatch(/\n\s+at /);
  expect(await run.leftovers()).toEqual([]);
  fs.rmSync(empty, { recursive: true });
});

it('a first use without a network is told as such', async () => {
  const cache = fs.mkdtempSync(path.join(os.tmpdir(), 'no-network-'));
  const run = new Command(['try'], {
    XDG_CACHE_HOME: cache, PIP_INDEX_URL: 'http://127.0.0.1:9/', PIP_RETRIES: '0', PIP_NO_INDEX: undefined, PIP_FIND_LINKS: undefined,
  });
  expect(await run.exit).toBe(1);
  expect(run.output).toMatch(/network/);
  expect(await run.leftovers()).toEqual([]);
  expect(fs.readdirSync(cache, { recursive: true })).toEqual(['cdk-system-blueprints']);
  fs.rmSync(cache, { recursive: true });
});
