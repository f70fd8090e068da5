import * as assert from 'node:assert/strict';
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
    assert.equal(await countedClicks(world, slug, 500), 500);
    return '500 redirects, 1000 messages, 500 clicks';
  },
};

export const survivesCrashes: Step = {
  proves: 'a worker that crashes in the middle of a batch loses no click and counts none twice',
  fault: 'worker processes killed while they count',
  localOnly: true,
  run: async (world) => {
    const { slug } = await createLink(world, { url: 'https://example.com/crash' });
    const recovered = async () => (await logged(world, world.outputs.CountClickLogs!, 'recovered')).length;
    const before = await recovered();
    await send(world, world.outputs.ClicksQueue!, Array.from({ length: 300 }, () => clickMessage(slug)));
    let killed = 0;
    await eventually(world, async () => {
      killed += await world.killWorkers(world.outputs.CountClickFunction!);
      assert.ok(killed >= 5, 'no worker was at work');
    });
    assert.equal(await countedClicks(world, slug, 300), 300);
    const redelivered = await eventually(world, async () => {
      const lines = await recovered() - before;
      assert.ok(lines > 0, 'no message was delivered again: the kills hit no batch');
      return lines;
    }, 10);
    return `${killed} worker processes killed, ${redelivered} clicks delivered again, 300 of 300 counted`;
  },
};
