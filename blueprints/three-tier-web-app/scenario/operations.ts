import * as assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Step } from '../../scenario';
import { eventually } from '../../scenario-tools';
import { ask, Browser, type Note, nodesOf, said } from './browser';

const NODES = 3;
const OUTAGE_MILLISECONDS = 2_000;

export const rollsWithoutGap: Step = {
  proves: 'a new version takes over under load without one failed request',
  fault: 'all nodes are replaced while requests come in',
  localOnly: true,
  run: async (world) => {
    const browser = await new Browser(world).signUp();
    const statuses: number[] = [];
    let over = false;
    const client = async (index: number) => {
      for (let n = 0; !over; n += 1) {
        const { status } = index === 0
          ? await browser.request('/notes', { method: 'POST', body: JSON.stringify({ text: `note ${n}` }) })
          : await browser.request('/notes');
        statuses.push(status);
      }
    };
    const load = Promise.all([0, 1, 2, 3].map(client));
    await sleep(500, undefined, { signal: world.signal });
    await world.tasks!.roll('2').finally(() => {
      over = true;
    });
    await load;
    const failed = statuses.filter((status) => status !== 200 && status !== 201);
    assert.deepEqual(failed, [], `${failed.length} of ${statuses.length} requests failed`);
    const nodes = await nodesOf(world, NODES);
    assert.ok(nodes.every(({ version, migrated }) => version === '2' && migrated.length === 0), 'version 2 everywhere, nothing migrated again');
    assert.equal((await browser.notes()).length, statuses.filter((status) => status === 201).length, 'every note that was accepted is there');
    return `0 of ${statuses.length} requests failed while ${nodes.length} nodes were replaced; the session went on`;
  },
};

export const survivesTheDatabase: Step = {
  proves: 'nothing that was accepted is lost when the database crashes, and the nodes go on by themselves when it is back',
  fault: 'the database is killed while notes are written',
  localOnly: true,
  run: async (world) => {
    const browser = await new Browser(world).signUp();
    const accepted: string[] = [];
    const failures: number[] = [];
    let over = false;
    const writing = (async () => {
      for (let n = 0; !over; n += 1) {
        const response = await browser.request('/notes', { method: 'POST', body: JSON.stringify({ text: `note ${n}` }) });
        if (response.status === 201) {
          accepted.push(said<Note>(response).id);
        } else {
          failures.push(response.status);
        }
      }
    })();
    await eventually(world, async () => assert.ok(accepted.length >= 5));
    const postgres = world.servers.postgres!;
    await postgres.kill();
    const killed = Date.now();
    const before = accepted.length;
    assert.equal((await ask(world, '/healthz')).status, 200, 'the nodes stay in service');
    await sleep(OUTAGE_MILLISECONDS, undefined, { signal: world.signal });
    await postgres.restart();
    await eventually(world, async () => assert.ok(accepted.length >= before + 5)).finally(() => {
      over = true;
    });
    const window = Date.now() - killed;
    await writing;
    const found = new Set((await browser.notes()).map(({ id }) => id));
    const lost = accepted.filter((id) => !found.has(id));
    assert.deepEqual(lost, [], 'notes that were accepted and are gone');
    assert.ok(failures.every((status) => status === 503), `the outage is answered with 503, not ${[...new Set(failures)].join()}`);
    return `${accepted.length} notes accepted, 0 lost; ${failures.length} answers of 503; writing again ${window} ms after the crash`;
  },
};
