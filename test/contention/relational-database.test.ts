/** What the runtime promises of a relational database, on a real PostgreSQL with a real standby. */
import { randomUUID } from 'node:crypto';
import { Pool, type PoolClient, type PoolConfig } from 'pg';

import type { Postgres, PostgresStandby } from '../../local/postgres';
import { CommitUnknownError, migrate, ReadYourWrites, withTransaction } from '../../runtime';
import { startPostgres, stopPostgres } from './support/postgres';
import { FULL, scaled } from './support/scale';

jest.setTimeout(FULL ? 300_000 : 60_000);

let postgres: Postgres;
const pools: Pool[] = [];

function poolOf(port: number, options: PoolConfig = {}): Pool {
  const pool = new Pool({ host: '127.0.0.1', port, user: 'postgres', connectionTimeoutMillis: 5000, ...options });
  pool.on('error', () => undefined);
  // Where the test sees no client, nobody else hears that its connection broke.
  pool.on('connect', (client) => client.on('error', () => undefined));
  pools.push(pool);
  return pool;
}

/** A database of its own for a test, so that none sees what another one left. */
async function fresh(): Promise<string> {
  const name = `t${randomUUID().replaceAll('-', '')}`;
  await postgres.sql(`CREATE DATABASE ${name}`);
  return name;
}

beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(async () => {
  await Promise.all(pools.map((pool) => pool.end().catch(() => undefined)));
  await stopPostgres();
});

describe('migrations', () => {
  const MIGRATIONS = Array.from({ length: 6 }, (_, index) => ({
    name: `000${index + 1}`,
    // Twice would fail, and be counted.
    sql: `${index === 0 ? 'CREATE TABLE counted (step int);' : ''} CREATE TABLE step${index} (n int); INSERT INTO counted VALUES (${index})`,
  }));

  test('of five that migrate at once, each migration is applied once, in order', async () => {
    for (let round = 0; round < scaled(10, 2); round++) {
      const database = await fresh();
      const migrators = Array.from({ length: 5 }, () => poolOf(postgres.port, { database, max: 1 }));
      const lists = await Promise.all(migrators.map((pool) => migrate(pool, MIGRATIONS)));
      expect(lists.flat().sort()).toEqual(MIGRATIONS.map(({ name }) => name));
      expect(await postgres.sql('SELECT string_agg(step::text, \'\' ORDER BY ctid) FROM counted', database)).toBe('012345');
    }
  });

  test('one that fails leaves nothing of itself, and those before it', async () => {
    const database = await fresh();
    const pool = poolOf(postgres.port, { database });
    const broken = { name: '0002', sql: 'CREATE TABLE half (n int); INSERT INTO nowhere VALUES (1)' };
    await expect(migrate(pool, [MIGRATIONS[0]!, broken])).rejects.toMatchObject({ code: '42P01' });
    expect(await postgres.sql('SELECT to_regclass(\'half\'), to_regclass(\'step0\')', database)).toBe('|step0');
    expect(await migrate(pool, [MIGRATIONS[0]!, MIGRATIONS[1]!])).toEqual(['0002']);
  });

  test('what was changed, comes too late or has a name twice is refused; what is not known stays', async () => {
    const database = await fresh();
    const pool = poolOf(postgres.port, { database });
    await migrate(pool, MIGRATIONS.slice(0, 3));
    await expect(migrate(pool, [{ name: '0001', sql: 'SELECT 1' }])).rejects.toThrow('0001 was changed since it was applied');
    await expect(migrate(pool, [{ name: '0000', sql: 'SELECT 1' }, MIGRATIONS[0]!])).rejects.toThrow('0000 comes before 0001');
    await expect(migrate(pool, [MIGRATIONS[0]!, MIGRATIONS[0]!])).rejects.toThrow('two migrations are named 0001');
    expect(await migrate(pool, MIGRATIONS.slice(0, 1))).toEqual([]);
  });
});

describe('transactions', () => {
  test('both or nothing: money that is moved is neither lost nor made, whoever is in the way', async () => {
    const database = await fresh();
    await postgres.sql('CREATE TABLE accounts (id int PRIMARY KEY, amount int CHECK (amount >= 0)); INSERT INTO accounts SELECT g, 100 FROM generate_series(0, 4) g', database);
    const pool = poolOf(postgres.port, { database, max: 8, connectionTimeoutMillis: 0 });
    let refused = 0;
    let again = 0;
    const moves = Array.from({ length: scaled(300, 60) }, async (_, index) => {
      const [from, to] = [index % 5, (index * 3 + 1) % 5];
      await withTransaction(pool, async (client) => {
        await client.query('UPDATE accounts SET amount = amount + 30 WHERE id = $1', [to]);
        await client.query('UPDATE accounts SET amount = amount - 30 WHERE id = $1', [from]);
      }, { isolation: index % 2 ? 'serializable' : 'read committed', retry: { attempts: 50, onRetry: () => { again += 1; } } })
        .catch((error: { code?: string; cause?: { code?: string } }) => {
          expect(error.cause?.code ?? error.code).toBe('23514');
          refused += 1;
        });
    });
    await Promise.all(moves);
    expect(await postgres.sql('SELECT sum(amount), min(amount) >= 0 FROM accounts', database)).toBe('500|t');
    expect(again).toBeGreaterThan(0);
    expect(refused).toBeLessThan(moves.length);
  });

  test('many clients share few connections', async () => {
    const database = await fresh();
    // Whoever waits for its turn waits, however long the line is.
    const pool = poolOf(postgres.port, { database, max: 4, connectionTimeoutMillis: 0 });
    const used = new Set<number>();
    await Promise.all(Array.from({ length: scaled(2000, 200) }, () => withTransaction(pool, async (client) => {
      const { rows: [row] } = await client.query('SELECT pg_backend_pid() AS pid, count(*) AS n FROM pg_stat_activity WHERE datname = current_database()');
      used.add(row!.pid as number);
      expect(Number(row!.n)).toBeLessThanOrEqual(4);
    })));
    expect(used.size).toBeLessThanOrEqual(4);
  });

  test('a crash before the commit: all of it is done again; nothing happens twice', async () => {
    const own = await startPostgres();
    await own.sql('CREATE TABLE done (id text PRIMARY KEY)');
    const pool = poolOf(own.port);
    let attempts = 0;
    await withTransaction(pool, async (client) => {
      attempts += 1;
      await client.query('INSERT INTO done VALUES ($1)', ['once']);
      if (attempts === 1) {
        await own.kill();
        await own.restart();
      }
    }, { retry: { attempts: 20 } });
    expect(attempts).toBe(2);
    expect(await own.sql('SELECT count(*) FROM done')).toBe('1');
  });

  test('a crash during the commit is told as what it is: nobody knows', async () => {
    const own = await startPostgres();
    await own.sql('CREATE TABLE done (id text)');
    const pool = poolOf(own.port);
    let attempts = 0;
    const work = withTransaction(pool, async (client) => {
      attempts += 1;
      await client.query('INSERT INTO done VALUES (1)');
      // It takes the COMMIT and answers no more.
      own.pause();
      setTimeout(() => void own.kill(), 200);
    });
    await expect(work).rejects.toThrow(CommitUnknownError);
    expect(attempts).toBe(1);
  });
});

describe('a standby', () => {
  let primary: Postgres;
  let standby: PostgresStandby;
  let writer: Pool;
  let reader: Pool;
  beforeAll(async () => {
    primary = await startPostgres();
    await primary.sql('CREATE TABLE posts (n int)');
    standby = await primary.standby();
    writer = poolOf(primary.port);
    reader = poolOf(standby.port);
  });

  beforeEach(() => primary.sql('TRUNCATE posts'));

  const posts = async (store: ReadYourWrites<PoolClient>, mark?: string) => store.read(mark, async (client) => {
    const { rows: [row] } = await client.query<{ n: number; behind: boolean }>('SELECT count(*)::int AS n, pg_is_in_recovery() AS behind FROM posts');
    return [row!.n, row!.behind ? 'reader' : 'writer'];
  });

  test('while it is behind, one reads one\'s own writes from the writer, and others read the reader', async () => {
    const store = new ReadYourWrites<PoolClient>({ writer, reader });
    await standby.pauseReplay();
    const [before] = await posts(store);
    const { mark } = await store.write((client) => client.query('INSERT INTO posts VALUES (1)'));
    expect(await posts(store, mark)).toEqual([1, 'writer']);
    expect(await posts(store)).toEqual([before, 'reader']);
    await standby.resumeReplay();
    for (let tries = 0; (await posts(store, mark))[1] === 'writer' && tries < 200; tries++) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    expect(await posts(store, mark)).toEqual([1, 'reader']);
  });

  test('a write that a later one has overtaken is not taken for seen', async () => {
    const store = new ReadYourWrites<PoolClient>({ writer, reader });
    const slow = await writer.connect();
    await slow.query('BEGIN');
    await slow.query('INSERT INTO posts VALUES (1)');
    const { rows: [row] } = await slow.query<{ mark: string }>('SELECT pg_current_xact_id()::text AS mark');
    const { mark: later } = await store.write((client) => client.query('INSERT INTO posts VALUES (2)'));
    for (let tries = 0; (await posts(store, later))[1] === 'writer' && tries < 200; tries++) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    // From now on the standby knows of both, and of the end of the later one alone.
    await standby.pauseReplay();
    await slow.query('COMMIT');
    slow.release();
    expect(await posts(store, later)).toEqual([1, 'reader']);
    expect(await posts(store, row!.mark)).toEqual([2, 'writer']);
    await standby.resumeReplay();
  });

  test('no read misses its own write, however often', async () => {
    const store = new ReadYourWrites<PoolClient>({ writer, reader });
    const from: string[] = [];
    await Promise.all(Array.from({ length: scaled(1000, 100) }, async (_, n) => {
      const { mark } = await store.write((client) => client.query('INSERT INTO posts VALUES ($1)', [n]));
      await store.read(mark, async (client) => {
        const { rows } = await client.query<{ behind: boolean }>('SELECT pg_is_in_recovery() AS behind FROM posts WHERE n = $1', [n]);
        expect(rows).toHaveLength(1);
        from.push(rows[0]!.behind ? 'reader' : 'writer');
      });
    }));
    expect(from).toHaveLength(scaled(1000, 100));
  });

  test('when it is away, the writer answers', async () => {
    const store = new ReadYourWrites<PoolClient>({ writer, reader });
    await standby.kill();
    expect(await posts(store)).toEqual([0, 'writer']);
    await standby.restart();
  });

  test('takes over when it is promoted: clients go on with it, and nothing that was replicated is lost', async () => {
    // One address that leads to the writer, as the endpoint of a cluster does.
    let address = primary.port;
    const clients = { connect: () => poolOf(address, { max: 1, idleTimeoutMillis: 1 }).connect() };
    await primary.sql('ALTER SYSTEM SET synchronous_standby_names = \'*\'');
    await primary.sql('SELECT pg_reload_conf()');
    const done: number[] = [];
    const failover = (async () => {
      await new Promise((resolve) => setTimeout(resolve, 300));
      await primary.kill();
      await standby.promote();
      address = standby.port;
      return done.length;
    })();
    const work = (async () => {
      for (let n = 0; n < scaled(300, 60); n++) {
        await withTransaction(clients, async (client) => {
          await client.query('SELECT pg_sleep(0.01)');
          await client.query('INSERT INTO posts VALUES ($1)', [n]);
        }, { retry: { attempts: 50 } }).then(() => done.push(n), (error) => expect(error).toBeInstanceOf(CommitUnknownError));
      }
    })();
    const before = await failover;
    await work;
    const written = (await standby.sql('SELECT n FROM posts')).split('\n').map(Number);
    expect(before).toBeGreaterThan(0);
    expect(done.length).toBeGreaterThan(before);
    expect(written).toEqual(expect.arrayContaining(done));
    expect(new Set(written).size).toBe(written.length);
  });
});
