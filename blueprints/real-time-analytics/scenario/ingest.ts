import * as assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import type { Step } from '../../scenario';
import { eventually } from '../../scenario-tools';
import { eventOf, likesOf, minute, newPost, postEvents } from './calls';
import { recordsOf } from './stream';

export const refusesInPart: Step = {
  proves: 'of a batch what is wrong is named and refused, and the rest is taken',
  run: async (world) => {
    const post = newPost();
    const good = eventOf(post, minute(0));
    const bad = [
      null, 'like', { ...good, kind: 'dislike' }, { ...good, post: 'a b' }, { ...good, region: 'moon' }, { ...good, at: 'yesterday' },
      { ...good, at: new Date(Date.now() + 600_000).toISOString() }, { ...good, milliseconds: 5 }, { ...good, kind: 'delivered' },
      { ...good, extra: true }, { ...good, id: '' },
    ];
    const response = await postEvents(world, [good, ...bad, eventOf(post, minute(0))]);
    assert.equal(response.status, 207);
    const answer = await response.json() as { accepted: number; failed: { index: number; detail: string; retry: boolean }[] };
    assert.equal(answer.accepted, 2);
    assert.deepEqual(answer.failed.map(({ index }) => index), bad.map((_, index) => index + 1));
    assert.ok(answer.failed.every(({ detail, retry }) => detail && !retry), 'each has its reason, and none is to be sent again');
    for (const events of [undefined, [], Array(501).fill(good), 'all']) {
      const { status } = await postEvents(world, events);
      assert.equal(status, 400, `a batch of ${JSON.stringify(events)?.slice(0, 20)} answered ${status}`);
    }
    await eventually(world, async () => assert.equal(await likesOf(world, post, minute(0)), 2));
    return `207: 2 of ${bad.length + 2} events taken and counted, ${bad.length} named with their reason; 400 for 4 bodies that are no batch`;
  },
};

export const takesOncePerKey: Step = {
  proves: 'a batch that is sent again with its Idempotency-Key is in the stream once, also when both come at once',
  run: async (world) => {
    const post = newPost();
    const key = { 'idempotency-key': randomUUID() };
    const events = Array.from({ length: 20 }, () => eventOf(post, minute(1)));
    const answers = await Promise.all(Array.from({ length: 6 }, () => postEvents(world, events, key)));
    const statuses = [...answers, await postEvents(world, events, key)].map(({ status }) => status);
    assert.ok(statuses.every((status) => [202, 409].includes(status)), `answers ${statuses.join(', ')}`);
    assert.equal(statuses.at(-1), 202, 'a later repetition gets the first answer');
    const written = (await recordsOf(world)).filter(({ data }) => data.includes(post));
    assert.equal(written.length, 20, `${written.length} records for 20 events`);
    await eventually(world, async () => assert.equal(await likesOf(world, post, minute(1)), 20));
    return `7 requests with one key (${statuses.join(', ')}): 20 records, 20 counted`;
  },
};
