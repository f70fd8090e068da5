import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Client, Pool } from 'pg';

import { freePort } from '../../../local/free-port';
import { Postgres } from '../../../local/postgres';
import { startPostgres, stopPostgres } from '../../contention/support/postgres';

jest.setTimeout(60_000);
afterAll(stopPostgres);

/** Where a server keeps its files. */
const homeOf = (postgres: Postgres): string => Reflect.get(postgres, 'home') as string;

test('is PostgreSQL 18 of its own on the loopback address', async () => {
  const [one, other] = await Promise.all([startPostgres(), startPostgres()]);
  await one.sql('CREATE TABLE mine (id int)');
  expect(await one.sql('SHOW server_version_num')).toMatch(/^18/);
  expect(await one.sql('SELECT lower(\'GRÖSSE\'), count(*) FROM mine')).toBe('grösse|0');
  await expect(other.sql('SELECT * FROM mine')).rejects.toMatchObject({ code: 'POSTGRES_FAILED' });
});

test('knows after a crash all it has committed, and nothing else', async () => {
  const postgres = await startPostgres();
  await postgres.sql('CREATE TABLE numbers (n int)');
  const pool = new Pool({ connectionString: postgres.url, max: 4 });
  pool.on('error', () => undefined);
  const client = await pool.connect();
  client.on('error', () => undefined);
  await client.query('BEGIN');
  await client.query('INSERT INTO numbers VALUES (-1)');
  const answers = await Promise.allSettled(Array.from({ length: 200 }, async (_, n) => {
    await pool.query('INSERT INTO numbers VALUES ($1)', [n]);
    if (n === 100) {
      await postgres.kill();
    }
  }));
  client.release(true);
  await pool.end();
  await postgres.restart();
  const written = (await postgres.sql('SELECT n FROM numbers')).split('\n').map(Number);
  const acknowledged = answers.flatMap(({ status }, n) => status === 'fulfilled' ? [n] : []);
  expect(acknowledged.length).toBeGreaterThan(50);
  expect(written).toEqual(expect.arrayContaining(acknowledged));
  expect(written).not.toContain(-1);
});

test('hangs while it is paused, connections included, and then goes on', async () => {
  const postgres = await startPostgres();
  const client = new Client({ connectionString: postgres.url });
  await client.connect();
  postgres.pause();
  const answer = client.query('SELECT 1 AS one').then(({ rows }) => rows as unknown);
  const first = await Promise.race([answer, new Promise((resolve) => setTimeout(resolve, 200, 'nothing'))]);
  postgres.resume();
  expect([first, await answer]).toEqual(['nothing', [{ one: 1 }]]);
  await client.end();
});

test('a standby repeats, falls behind, catches up, refuses writes and can be promoted', async () => {
  const primary = await startPostgres();
  await primary.sql('CREATE TABLE t (n int); INSERT INTO t VALUES (1)');
  const standby = await primary.standby();
  const count = () => standby.sql('SELECT count(*) FROM t');
  expect(await count()).toBe('1');
  await expect(standby.sql('INSERT INTO t VALUES (0)')).rejects.toThrow('read-only transaction');
  await standby.pauseReplay();
  await primary.sql('INSERT INTO t VALUES (2)');
  expect(await count()).toBe('1');
  await standby.resumeReplay();
  for (let tries = 0; await count() !== '2' && tries < 1000; tries++) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  await primary.kill();
  await standby.promote();
  await standby.sql('INSERT INTO t VALUES (3)');
  expect(await count()).toBe('3');
});

test('a paused one can be stopped, twice, and leaves its port and no file', async () => {
  const postgres = await startPostgres();
  const standby = await postgres.standby();
  const homes = [homeOf(postgres), homeOf(standby)];
  expect(homes.map(existsSync)).toEqual([true, true]);
  postgres.pause();
  await postgres.stop();
  await postgres.stop();
  await expect(freePort(postgres.port)).resolves.toBe(postgres.port);
  await expect(freePort(standby.port)).resolves.toBe(standby.port);
  expect(homes.map(existsSync)).toEqual([false, false]);
});

test('ends with the process that started it', async () => {
  const starts = `
    const { Postgres } = require(${JSON.stringify(join(__dirname, '../../../local/postgres'))});
    Postgres.start({ progress: () => undefined, signal: new AbortController().signal }).then((postgres) => {
      console.log(JSON.stringify([postgres.port, postgres.home]));
      process.exit(0);
    });`;
  const answer = execFileSync(process.execPath, ['--require', 'tsx/cjs', '--eval', starts], { encoding: 'utf8' });
  const [port, home] = JSON.parse(answer) as [number, string];
  for (let tries = 0; tries < 400 && (existsSync(home) || await freePort(port).catch(() => 0) !== port); tries++) {
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  await expect(freePort(port)).resolves.toBe(port);
  expect(existsSync(home)).toBe(false);
});

test('does not take a port that is taken, and starts not when it is told to stop', async () => {
  const { port } = await startPostgres();
  await expect(startPostgres({ port })).rejects.toMatchObject({ code: 'PORT_TAKEN' });
  const signal = AbortSignal.abort(new Error('stop'));
  await expect(Postgres.start({ progress: () => undefined, signal })).rejects.toThrow('stop');
});
