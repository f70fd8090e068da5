import * as assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import type { LocalDatabase, Step, World } from '../../scenario';
import { eventually } from '../../scenario-tools';
import { ask, Browser, type Note, nodesOf, said } from './browser';

const NODES = 3;
const WRITERS = 3;
const OUTAGE_MILLISECONDS = 2_000;
/** What users are promised of a failover. */
const WINDOW_MILLISECONDS = 60_000;
/** How many notes show that writing goes on. */
const SOME = 5;

/** Somebody new who writes notes, one after the other, until it is enough. */
class Writer {
  public readonly accepted: string[] = [];
  public readonly failures: number[] = [];
  /** The longest time between two notes that were accepted one after the other. */
  public longestGap = 0;
  private enough = false;
  private readonly browser: Browser;
  private writing?: Promise<void>;

  constructor(world: World) {
    this.browser = new Browser(world);
  }

  /** Signs up and begins. */
  public async begin(): Promise<this> {
    await this.browser.signUp();
    this.writing = this.write();
    // Told when it is stopped.
    this.writing.catch(() => undefined);
    return this;
  }

  public async stop(): Promise<void> {
    this.enough = true;
    await this.writing;
  }

  /** Those of the accepted notes that are gone. */
  public async lost(): Promise<string[]> {
    const found = new Set((await this.browser.notes()).map(({ id }) => id));
    return this.accepted.filter((id) => !found.has(id));
  }

  private async write(): Promise<void> {
    let last = Date.now();
    for (let n = 0; !this.enough; n += 1) {
      const answer = await this.browser.request('/notes', { method: 'POST', body: JSON.stringify({ text: `note ${n}` }) });
      if (answer.status === 201) {
        this.accepted.push(said<Note>(answer).id);
        this.longestGap = Math.max(this.longestGap, Date.now() - last);
        last = Date.now();
      } else {
        this.failures.push(answer.status);
      }
    }
  }
}

/** Has notes written before, while and after something happens to the database. All that were accepted must be there then. */
async function writingThrough(world: World, happens: () => Promise<void>) {
  const writers = await Promise.all(Array.from({ length: WRITERS }, () => new Writer(world).begin()));
  const written = () => writers.map(({ accepted }) => accepted.length);
  const goOn = async () => {
    const before = written();
    await eventually(world, async () => assert.ok(written().every((count, writer) => count >= before[writer]! + SOME), 'notes are accepted'));
  };
  try {
    await goOn();
    await happens();
    await goOn();
  } finally {
    await Promise.all(writers.map((writer) => writer.stop()));
  }
  const lost = (await Promise.all(writers.map((writer) => writer.lost()))).flat();
  assert.deepEqual(lost, [], `${lost.length} notes that were accepted are gone`);
  const failures = writers.flatMap((writer) => writer.failures);
  assert.ok(failures.every((status) => status === 503), `the outage is answered with 503, not ${[...new Set(failures)].join()}`);
  return {
    window: Math.max(...writers.map(({ longestGap }) => longestGap)),
    told: `${written().reduce((sum, count) => sum + count, 0)} notes accepted, 0 lost; answers of 503: ${failures.length}`,
  };
}

export const survivesTheDatabase: Step = {
  proves: 'nothing that was accepted is lost when the database crashes, and the nodes go on by themselves when it is back',
  fault: 'the database is killed while notes are written',
  localOnly: true,
  run: async (world) => {
    const postgres = world.servers.postgres!;
    const { window, told } = await writingThrough(world, async () => {
      await postgres.kill();
      assert.equal((await ask(world, '/healthz')).status, 200, 'the nodes stay in service');
      await sleep(OUTAGE_MILLISECONDS, undefined, { signal: world.signal });
      await postgres.restart();
    });
    return `${told}; no note for ${window} ms`;
  },
};

export const survivesTheFailover: Step = {
  proves: 'a database that fails over to its standby loses nothing that was accepted, and the nodes go on by themselves',
  fault: 'the primary is killed while notes are written, and a synchronous standby is promoted',
  localOnly: true,
  run: async (world) => {
    const postgres = world.servers.postgres!;
    const before = await timelineOf(postgres);
    const { window, told } = await writingThrough(world, () => postgres.failOver());
    const after = await timelineOf(postgres);
    assert.equal(after, before + 1, 'the standby was promoted');
    // Only the promoted one is left: a node that answers in depth has found it.
    const nodes = await nodesOf(world, NODES, '/healthz?deep');
    const connections = await postgres.sql('SELECT count(*) FROM pg_stat_activity WHERE client_port IS NOT NULL AND pid <> pg_backend_pid()', 'app');
    assert.ok(window < WINDOW_MILLISECONDS, `no note was accepted for ${window} ms`);
    return `${told}; no note for ${window} ms; timeline ${before}, then ${after}, `
      + `to which ${nodes.length} nodes have connected again (${connections} connections)`;
  },
};

/** How often a standby has become the primary, counted from 1: each begins a timeline of the log. */
async function timelineOf(postgres: LocalDatabase): Promise<number> {
  return parseInt((await postgres.sql('SELECT pg_walfile_name(pg_current_wal_lsn())', 'app')).slice(0, 8), 16);
}
