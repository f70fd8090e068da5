/** Leaders that crash, stand still and resign: real processes, real servers. */
import type { Redis } from 'iovalkey';
import { setTimeout as sleep } from 'node:timers/promises';

import { start, stopAll } from '../local/start';
import { Contender, endContenders } from './support/contender';
import { type BackendPlace, closeClients, openClient } from './support/lock-backends';
import { FULL, scaled } from './support/scale';
import { createTable, startValkey, stopValkeys } from './support/servers';
import type { Candidacy, Told } from './workers/leader-election';

jest.setTimeout(FULL ? 300_000 : 60_000);

const LEASE = 3000;
/** A poll of the candidates, a heartbeat that is late, a busy machine. */
const SLACK = 2500;

let endpoint: string;
let log: number;
let valkey: Redis;

beforeAll(async () => {
  const [aws, server] = await Promise.all([start(), startValkey()]);
  ({ endpoint } = aws);
  log = server.port;
  valkey = openClient(log) as Redis;
  await Promise.all([createTable(endpoint, 'locks', 'name:S'), createTable(endpoint, 'protected', 'name:S')]);
});
afterAll(async () => {
  closeClients();
  await Promise.all([endContenders(), stopValkeys(), stopAll()]);
});

/** A process that stands for election, with what it has told. */
class Candidate {
  public readonly told: Told[] = [];
  public readonly done: Promise<unknown>;

  private constructor(public readonly process: Contender, candidacy: Candidacy) {
    this.done = process.ask('stand', candidacy).catch(() => undefined);
    void this.listen();
  }

  public static async start(candidacy: Candidacy): Promise<Candidate> {
    return new Candidate(await Contender.start('leader-election'), candidacy);
  }

  private async listen(): Promise<void> {
    for (;;) {
      this.told.push(await this.process.hear<Told>());
    }
  }
}

/** What has been told by anybody, once something is among it. */
async function until<Found>(find: () => Found | undefined): Promise<Found> {
  for (;;) {
    const found = find();
    if (found !== undefined) {
      return found;
    }
    await sleep(10);
  }
}

async function succession(kind: 'dynamodb' | 'valkey'): Promise<void> {
  const place: BackendPlace = kind === 'dynamodb' ? { kind, endpoint, tableName: 'locks' } : { kind, ports: [log] };
  const candidacy: Candidacy = { place, leaseMilliseconds: LEASE, name: `office-${kind}`, log, endpoint };
  let candidates = await Promise.all([1, 2, 3].map(() => Candidate.start(candidacy)));
  const leaderAfter = (term: number) => until(() => {
    const leaders = candidates.flatMap((candidate) => candidate.told
      .flatMap((told) => told.event === 'elected' && told.term > term ? [{ candidate, term: told.term }] : []));
    expect(leaders.length).toBeLessThan(2);
    return leaders[0];
  });
  /** Ends a term in some way, and returns the next one and how long it took to come, in milliseconds. */
  const succeed = async (end: (leader: Candidate) => Promise<void>) => {
    const before = leader;
    await end(before.candidate);
    const ended = performance.now();
    leader = await leaderAfter(before.term);
    expect(leader.candidate).not.toBe(before.candidate);
    return performance.now() - ended;
  };
  const replace = async (gone: Candidate) => {
    candidates = [...candidates.filter((candidate) => candidate !== gone), await Candidate.start(candidacy)];
  };
  let leader = await leaderAfter(0);

  for (let round = 0; round < scaled(5, 1); round += 1) {
    const crashed = leader.candidate;
    expect(await succeed(({ process }) => process.kill())).toBeLessThan(LEASE + SLACK);
    await replace(crashed);

    const stopped = leader;
    expect(await succeed(async ({ process }) => process.pause())).toBeLessThan(LEASE + SLACK);
    stopped.candidate.process.resume();
    const told = () => stopped.candidate.told.filter(({ term }) => term === stopped.term).map((one) => 'wrote' in one ? one.wrote : one.event);
    await until(() => told().length === 3 || undefined);
    expect(told()).toEqual(['elected', 'deposed', 'ConditionalCheckFailedException']);

    const resigned = leader.candidate;
    expect(await succeed(({ process }) => process.ask('resign', undefined))).toBeLessThan(SLACK);
    await resigned.done;
    await replace(resigned);
  }

  // Whoever acts writes down the number of its term: no act of an earlier one after an act of a later one.
  const acts = (await valkey.lrange(candidacy.name, 0, -1)).map(Number);
  expect(acts).toEqual([...acts].sort((a, b) => a - b));
  expect(new Set(acts).size).toBe(1 + 3 * scaled(5, 1));
  await Promise.all(candidates.map(({ process }) => process.kill()));
}

test('one leader after another, never two, through crashes, standstills and resignations', async () => {
  // Two elections at once: they wait for leases, not for each other.
  await Promise.all([succession('dynamodb'), succession('valkey')]);
});
