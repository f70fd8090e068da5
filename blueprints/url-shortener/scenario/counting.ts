import * as assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { GetCommand } from '@aws-sdk/lib-dynamodb';
import type { Step, World } from '../../scenario';
import { depth, eventually, inParallel, logged, send } from '../../scenario-tools';
import { clickMessage, clicksOf, createLink } from './calls';

/** Waits until a link has at least that many clicks and nothing is left to count, then returns the count. */
async function countedClicks(world: World, slug: string, atLeast: number): Promise<number> {
  await eventually(world, async () => assert.ok(await clicksOf(world, slug) >= atLeast, `fewer than ${atLeast} clicks were counted`), 90);
  await eventually(world, async () => assert.equal(await depth(world, world.outputs.ClicksQueue!), 0, 'the queue is not empty'), 60);
  return clicksOf(world, slug);
}

export const countsExactly: Step = {
  proves: '500 redirects count as exactly 500 clicks although every message is delivered twice',
  fault: 'duplicate delivery',
  run: async (world) => {
    const { slug } = await createLink(world, { url: 'https://example.com/popular' });
    const ids = await inParallel(Array.from({ length: 500 }), 16, async () => {
      const response = await world.request(`/${slug}`);
      assert.equal(response.status, 301);
      return response.headers.get('x-request-id') ?? assert.fail('a redirect without x-request-id');
    });
    assert.equal(new Set(ids).size, 500, 'every redirect has an id of its own');
    await send(world, world.outputs.ClicksQueue!, ids.map((id) => clickMessage(slug, id)));
    const counted = await countedClicks(world, slug, 500);
    assert.equal(counted, 500, `${counted} clicks were counted`);
    return '500 redirects, 1000 messages, 500 clicks';
  },
};

/** Clicks of a link as the table has them at this moment: faster than asking the API. */
async function clicksInTable(world: World, slug: string): Promise<number> {
  const { Item } = await world.dynamodb.send(
    new GetCommand({ TableName: world.outputs.LinksTable, Key: { slug }, ConsistentRead: true }),
  );
  return Number(Item?.clicks);
}

/** Kills the workers as soon as the count moves, which is when they are at work; resolves to how many there were. */
async function strike(world: World, slug: string): Promise<number> {
  const before = await clicksInTable(world, slug);
  for (let i = 0; i < 200 && await clicksInTable(world, slug) === before; i++) {
    await sleep(5, undefined, { signal: world.signal });
  }
  return world.killWorkers(world.outputs.CountClickFunction!);
}

const ROUND = 200;
const MOST_ROUNDS = 8;

export const survivesCrashes: Step = {
  proves: 'a worker that crashes in the middle of a batch loses no click and counts none twice',
  fault: 'worker processes killed while they count',
  localOnly: true,
  run: async (world) => {
    const { slug } = await createLink(world, { url: 'https://example.com/crash' });
    const lines = async (message: string) => (await logged(world, world.outputs.CountClickLogs!, message)).length;
    const [recoveredBefore, repeatedBefore] = [await lines('recovered'), await lines('click not counted')];
    let sent = 0;
    let killed = 0;
    let recovered = 0;
    // A kill between two batches crashes nobody at work: such a round proves nothing and is repeated.
    while (recovered === 0 && sent < MOST_ROUNDS * ROUND) {
      await send(world, world.outputs.ClicksQueue!, Array.from({ length: ROUND }, () => clickMessage(slug)));
      sent += ROUND;
      for (let i = 0; i < 3; i++) {
        killed += await strike(world, slug);
      }
      const counted = await countedClicks(world, slug, sent);
      assert.equal(counted, sent, `${counted} clicks were counted of ${sent}`);
      recovered = await lines('recovered') - recoveredBefore;
    }
    assert.ok(recovered > 0, `no click was delivered again: ${killed} kills hit no batch`);
    const repeated = await lines('click not counted') - repeatedBefore;
    return `${killed} worker processes killed, ${recovered} clicks delivered again, ${repeated} of them already counted, ${sent} of ${sent} in the end`;
  },
};
