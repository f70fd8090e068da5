import * as assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Step, World } from '../../scenario';
import { Browser, nodesOf } from './browser';

const NODES = 3;

export const rollsWithoutGap: Step = {
  proves: 'a new version takes over under load without one failed request',
  fault: 'all nodes are replaced while requests come in',
  localOnly: true,
  run: async (world) => {
    const { browser, statuses } = await underLoad(world, () => world.tasks!.roll('2'));
    const nodes = await nodesOf(world, NODES);
    assert.ok(nodes.every(({ version, migrated }) => version === '2' && migrated.length === 0), 'version 2 everywhere, nothing migrated again');
    assert.equal((await browser.notes()).length, statuses.filter((status) => status === 201).length, 'every note that was accepted is there');
    return `0 of ${statuses.length} requests failed while ${nodes.length} nodes were replaced; the session went on`;
  },
};

export const takesBackABadRelease: Step = {
  proves: 'a release that cannot start is taken back, and nobody notices',
  fault: 'a version is deployed that is told a database which does not exist',
  localOnly: true,
  run: async (world) => {
    const before = await nodesOf(world, NODES);
    let refusal = '';
    const { statuses } = await underLoad(world, async () => {
      refusal = await refusalOf(world.tasks!.roll('bad', { DATABASE_DATABASE: 'nowhere' }));
    });
    assert.match(refusal, /database \\?"nowhere\\?" does not exist/, 'what was wrong is told');
    const after = await nodesOf(world, NODES);
    assert.deepEqual(identities(after), identities(before), 'the nodes are those of before');
    assert.deepEqual(world.tasks!.tasks.map(({ pid }) => pid).sort(), before.map(({ node }) => node).sort(), 'nothing of the bad release runs');
    const [failed] = /\d+ tasks failed/.exec(refusal) ?? [];
    return `${failed} and the release was taken back; 0 of ${statuses.length} requests failed meanwhile, by the same ${after.length} nodes as before`;
  },
};

/** One client writes and three read while something is done. None of them may be refused. */
async function underLoad(world: World, act: () => Promise<void>): Promise<{ browser: Browser; statuses: readonly number[] }> {
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
  const acting = async () => {
    await sleep(500, undefined, { signal: world.signal });
    await act();
  };
  await Promise.all([...[0, 1, 2, 3].map(client), acting().finally(() => {
    over = true;
  })]);
  const failed = statuses.filter((status) => status !== 200 && status !== 201);
  assert.equal(failed.length, 0, `${failed.length} of ${statuses.length} requests failed, with ${[...new Set(failed)].join()}`);
  return { browser, statuses };
}

/** What a deployment that was taken back says; rejects when it was not. */
async function refusalOf(deployment: Promise<void>): Promise<string> {
  const error = await deployment.then(() => undefined, (reason: unknown) => reason as Error & { readonly code?: string });
  assert.ok(error, 'the bad release took over');
  assert.equal(error.code, 'DEPLOYMENT_ROLLED_BACK', error.message);
  return error.message;
}

const identities = (nodes: readonly { readonly node: number; readonly version: string }[]) =>
  nodes.map(({ node, version }) => `${node} of version ${version}`).sort();
