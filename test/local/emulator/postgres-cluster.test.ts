import { execFile } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { Client, Pool } from 'pg';

import { type Certificate, createCertificate } from '../../../local/certificate';
import { Postgres } from '../../../local/postgres';
import { PostgresCluster } from '../../../local/postgres-cluster';
import { scratchFolder } from '../scratch';

jest.setTimeout(120_000);

const folder = scratchFolder();
const { signal } = new AbortController();
let certificate: Certificate;
let cluster: PostgresCluster;
const pools: Pool[] = [];

beforeAll(async () => {
  certificate = await createCertificate(folder, signal);
});
beforeEach(async () => {
  cluster = await PostgresCluster.start({ certificate, signal, progress: () => undefined });
});
afterEach(async () => {
  jest.restoreAllMocks();
  // What waits for an answer hears that there is none.
  await cluster.stop();
  await Promise.all(pools.splice(0).map((pool) => pool.end()));
});
afterAll(() => rmSync(folder, { recursive: true }));

function poolOf(max?: number): Pool {
  const pool = new Pool({ host: cluster.host, port: cluster.port, user: 'postgres', max });
  pool.on('error', () => undefined);
  pool.on('connect', (client) => client.on('error', () => undefined));
  pools.push(pool);
  return pool;
}

const timeline = async (): Promise<number> => parseInt((await cluster.sql('SELECT pg_walfile_name(pg_current_wal_lsn())')).slice(0, 8), 16);
const numbers = async (): Promise<number[]> => (await cluster.sql('SELECT n FROM numbers')).split('\n').map(Number);

/** Does something first when the server is told something. */
function before(method: 'kill' | 'sql', told: string | undefined, work: () => Promise<unknown>): void {
  const original = Postgres.prototype[method] as (...args: unknown[]) => Promise<string>;
  jest.spyOn(Postgres.prototype, method).mockImplementation(async function (this: Postgres, ...args: unknown[]) {
    if (args[0] === told) {
      jest.restoreAllMocks();
      await work();
    }
    return original.apply(this, args);
  });
}

/** The standby, as soon as there is one. */
function standbyOf(): { server?: Postgres } {
  const found: { server?: Postgres } = {};
  const original = Postgres.prototype.standby;
  jest.spyOn(Postgres.prototype, 'standby').mockImplementation(async function (this: Postgres) {
    const standby = await original.call(this);
    found.server = standby;
    return standby;
  });
  return found;
}

test('speaks TLS with the certificate that it is given, and a crash behind it is one in front of it', async () => {
  const run = async (env: NodeJS.ProcessEnv) => (await promisify(execFile)(process.execPath, ['--eval', `
    const { Client } = require('pg');
    const client = new Client({ host: '127.0.0.1', port: ${cluster.port}, user: 'postgres', password: 'any', ssl: {} });
    client.connect().then(() => client.query('SELECT 1'))
      .then(() => { console.log(client.connection.stream.encrypted); return client.end(); }, ({ code }) => console.log(code));`],
  { encoding: 'utf8', cwd: join(__dirname, '../../..'), env: { ...process.env, ...env } })).stdout.trim();
  expect(await run({ NODE_EXTRA_CA_CERTS: certificate.certFile })).toBe('true');
  expect(await run({ NODE_EXTRA_CA_CERTS: '' })).toBe('DEPTH_ZERO_SELF_SIGNED_CERT');
  const plain = new Client({ host: cluster.host, port: cluster.port, user: 'postgres' });
  await plain.connect();
  plain.on('error', () => undefined);
  await cluster.kill();
  await expect(plain.query('SELECT 1')).rejects.toThrow(/connection/i);
  await cluster.restart();
  expect(await run({ NODE_EXTRA_CA_CERTS: certificate.certFile })).toBe('true');
});

test('fails over under load, again and again: nothing that was acknowledged is lost, and clients go on at the same address', async () => {
  await cluster.sql('CREATE TABLE numbers (n int)');
  const pool = poolOf(4);
  const acknowledged: number[] = [];
  let over = false;
  const writing = Promise.all([0, 1, 2, 3].map(async (writer) => {
    for (let n = writer; !over; n += 4) {
      await pool.query('INSERT INTO numbers VALUES ($1)', [n]).then(() => acknowledged.push(n), () => sleep(5));
    }
  }));
  const someMore = async () => {
    for (const enough = acknowledged.length + 50; acknowledged.length < enough;) {
      await sleep(10);
    }
  };
  await someMore();
  await cluster.failOver();
  await someMore();
  await cluster.failOver();
  await someMore();
  await cluster.kill();
  await cluster.restart();
  await someMore();
  over = true;
  await writing;
  expect(await timeline()).toBe(3);
  const found = new Set(await numbers());
  expect(acknowledged.filter((n) => !found.has(n))).toEqual([]);
});

test('before the crash a write is acknowledged when the standby has it, not sooner', async () => {
  await cluster.sql('CREATE TABLE numbers (n int)');
  const pool = poolOf();
  const standby = standbyOf();
  before('kill', undefined, async () => {
    standby.server!.pause();
    const write = pool.query('INSERT INTO numbers VALUES (1)').then(() => 'acknowledged');
    const first = await Promise.race([write, sleep(500, 'nothing')]);
    standby.server!.resume();
    expect([first, await write]).toEqual(['nothing', 'acknowledged']);
  });
  await cluster.failOver();
  expect(await numbers()).toEqual([1]);
});

test('a standby that dies is given up: the failover fails, who waits for it goes on, and the next failover works', async () => {
  await cluster.sql('CREATE TABLE numbers (n int)');
  const pool = poolOf();
  const standby = standbyOf();
  let waiting: Promise<unknown> | undefined;
  before('sql', 'CHECKPOINT', async () => {
    await standby.server!.kill();
    waiting = pool.query('INSERT INTO numbers VALUES (1)');
  });
  await expect(cluster.failOver()).rejects.toMatchObject({ code: 'POSTGRES_FAILED', message: expect.stringContaining('did not catch up') });
  await waiting;
  await pool.query('INSERT INTO numbers VALUES (2)');
  expect(await timeline()).toBe(1);
  await cluster.failOver();
  expect([await timeline(), await numbers()]).toEqual([2, [1, 2]]);
});

test('what is not promoted leaves the server as it was', async () => {
  await cluster.sql('CREATE TABLE numbers (n int)');
  const standby = standbyOf();
  before('sql', 'SELECT pg_promote()', () => standby.server!.kill());
  await expect(cluster.failOver()).rejects.toMatchObject({ code: 'POSTGRES_FAILED' });
  await poolOf().query('INSERT INTO numbers VALUES (1)');
  expect([await timeline(), await numbers()]).toEqual([1, [1]]);
});

test('does not take a port that is taken, and starts not when it is told to stop', async () => {
  const start = (options: object) => PostgresCluster.start({ certificate, signal, progress: () => undefined, ...options });
  await expect(start({ port: cluster.port })).rejects.toMatchObject({ code: 'PORT_TAKEN' });
  await expect(start({ signal: AbortSignal.abort(new Error('stop')) })).rejects.toThrow('stop');
});
