import * as assert from 'node:assert/strict';
import type { Step } from '../../scenario';
import { eventually } from '../../scenario-tools';
import { ask, Browser, nodesOf, said } from './browser';

const NODES = 3;

export const sharesSessions: Step = {
  proves: 'one session is good on all nodes, and its cookie is out of the reach of scripts, of other sites, and of who reads along',
  run: async (world) => {
    const browser = await new Browser(world).signUp();
    const nodes = new Set<number>();
    for (let n = 0; n < 200 && nodes.size < NODES; n += 1) {
      const response = await browser.request('/session');
      assert.equal(response.status, 200, 'signed in on every node');
      nodes.add(said<{ node: number }>(response).node);
    }
    assert.equal(nodes.size, NODES, 'all nodes have answered');
    const { headers } = await browser.request('/session', { method: 'POST', body: browser.credentials() });
    assert.match(headers.getSetCookie()[0]!, /^__Host-.*; Path=\/; HttpOnly; SameSite=Lax; Secure/);
    return `signed in on ${nodes.size} nodes with one cookie`;
  },
};

export const changesTheId: Step = {
  proves: 'signing in ends the session before it: an id that somebody has planted is worth nothing',
  run: async (world) => {
    const browser = await new Browser(world).signUp();
    const before = new Browser(world);
    before.cookie = browser.cookie;
    assert.equal(await browser.signIn(), 201);
    assert.notEqual(browser.cookie, before.cookie);
    assert.deepEqual([await browser.isSignedIn(), await before.isSignedIn()], [true, false]);
    return 'the new cookie is signed in, the one before is not';
  },
};

export const signsOutEverywhere: Step = {
  proves: 'signing out everywhere ends the sessions on all machines of a user, and no others',
  run: async (world) => {
    const laptop = await new Browser(world).signUp();
    const [phone, tablet, stranger] = [new Browser(world), new Browser(world), await new Browser(world).signUp()];
    assert.deepEqual([await phone.signIn(laptop.email), await tablet.signIn(laptop.email)], [201, 201]);
    assert.equal((await phone.request('/sessions', { method: 'DELETE' })).status, 204);
    const mine = await Promise.all([laptop, phone, tablet].flatMap((browser) => [browser.isSignedIn(), browser.isSignedIn()]));
    assert.ok(mine.every((signedIn) => !signedIn), 'nobody of them is signed in');
    assert.equal(await stranger.isSignedIn(), true, 'somebody else still is');
    assert.equal(await phone.signIn(), 201);
    assert.deepEqual([await phone.isSignedIn(), await laptop.isSignedIn()], [true, false]);
    return '3 sessions of one user ended by one request, that of another user not; signing in again revives none';
  },
};

export const survivesTheNode: Step = {
  proves: 'a session outlives the node that made it, and another node takes its place',
  fault: 'the node that has signed a user in is killed',
  localOnly: true,
  run: async (world) => {
    const browser = await new Browser(world).signUp();
    const { node } = said<{ node: number }>(await browser.request('/session', { method: 'POST', body: browser.credentials() }));
    const task = world.tasks!.tasks.find(({ pid }) => pid === node);
    assert.ok(task, `a task of the process ${node}`);
    const killed = Date.now();
    await task.kill();
    let refused = 0;
    await eventually(world, async () => {
      const { status } = await browser.request('/session');
      refused += status === 200 ? 0 : 1;
      assert.notEqual(status, 401, 'still signed in');
      assert.equal(status, 200);
    });
    const answered = Date.now() - killed;
    const nodes = await nodesOf(world, NODES);
    assert.ok(nodes.every((each) => each.node !== node), 'the dead one is not asked any more');
    return `signed in on another node after ${answered} ms and ${refused} refused requests; ${nodes.length} nodes again after ${Date.now() - killed} ms`;
  },
};

export const survivesTheCache: Step = {
  proves: 'a lost cache signs users out and does nothing else: who signs in again finds everything',
  fault: 'the cache is killed and comes back empty',
  localOnly: true,
  run: async (world) => {
    const browser = await new Browser(world).signUp();
    await browser.write('kept');
    const valkey = world.servers.valkey!;
    await valkey.kill();
    const { status } = await browser.request('/notes');
    assert.equal(status, 503, `without the cache: ${status}`);
    assert.equal((await ask(world, '/healthz')).status, 200, 'the nodes stay in service');
    await valkey.restart();
    const back = Date.now();
    await eventually(world, async () => assert.equal(await browser.isSignedIn(), false));
    const ready = Date.now() - back;
    assert.equal(await eventually(world, async () => {
      const signedIn = await browser.signIn();
      assert.equal(signedIn, 201);
      return signedIn;
    }), 201);
    assert.deepEqual((await browser.notes()).map(({ text }) => text), ['kept']);
    return `503 while it was away, 401 ${ready} ms after it was back; signed in again, the note is there`;
  },
};
