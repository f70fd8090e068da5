import * as assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { Step, World } from '../../scenario';
import { eventually } from '../../scenario-tools';
import { assertProblem, hold, putEvent } from './calls';

interface ShownEvent {
  readonly id: string;
  readonly venue: string;
}

async function getEvent(world: World, id: string): Promise<{ readonly venue: string; readonly cache: string }> {
  const response = await world.request(`/events/${id}`);
  assert.equal(response.status, 200, `GET /events/{id} answered ${response.status}: ${await response.clone().text()}`);
  return { venue: (await response.json() as ShownEvent).venue, cache: response.headers.get('x-cache') ?? '' };
}

async function search(world: World, query: string): Promise<ShownEvent[]> {
  const response = await world.request(`/events?q=${encodeURIComponent(query)}`);
  assert.equal(response.status, 200, `GET /events?q= answered ${response.status}: ${await response.clone().text()}`);
  return (await response.json() as { events: ShownEvent[] }).events;
}

/** A word that nothing else is found by. */
const newWord = () => `zz${randomUUID().replaceAll('-', '').replace(/\d/g, (digit) => 'ghijklmnop'[Number(digit)]!).slice(0, 12)}`;

/** Waits until an event is found, and resolves to the milliseconds that it took. */
async function foundWithin(world: World, word: string, id: string, seconds: number): Promise<number> {
  const began = Date.now();
  await eventually(world, async () => assert.ok((await search(world, word)).some((event) => event.id === id), `'${word}' does not find ${id}`), seconds);
  return Date.now() - began;
}

export const readsFromTheCache: Step = {
  proves: 'an event that is read again comes from the cache, and an update shows with the next read and is found within seconds',
  run: async (world) => {
    const before = newWord();
    const id = await putEvent(world, { venue: `Old ${before}` });
    await eventually(world, async () => assert.match((await getEvent(world, id)).cache, /^hit/, 'a second read does not come from the cache'), 10);
    // The first change of all makes the index.
    await foundWithin(world, before, id, 60);
    const word = newWord();
    await putEvent(world, { venue: `New ${word}` }, id);
    assert.equal((await getEvent(world, id)).venue, `New ${word}`, 'the next read shows the old venue');
    const milliseconds = await foundWithin(world, word, id, 15);
    assert.ok(!(await search(world, before)).some((event) => event.id === id), 'the old venue still finds it');
    return `hit on the second read, the new venue on the next one after the update, found after ${milliseconds} ms`;
  },
};

export const changesReachTheCache: Step = {
  proves: 'a change that was made past the API drops what is cached',
  fault: 'somebody writes to the table',
  run: async (world) => {
    const id = await putEvent(world, { venue: 'Old Hall' });
    await eventually(world, async () => assert.match((await getEvent(world, id)).cache, /^hit/), 10);
    const began = Date.now();
    await world.dynamodb.send(new UpdateCommand({
      TableName: world.outputs.EventsTable, Key: { id }, UpdateExpression: 'SET venue = :venue, version = :version',
      ExpressionAttributeValues: { ':venue': 'Other Hall', ':version': String(Date.now() * 1000).padStart(20, '0') },
    }));
    await eventually(world, async () => {
      const { venue, cache } = await getEvent(world, id);
      // A read that did not ask the cache proves nothing about it.
      assert.match(cache, /^hit/);
      assert.equal(venue, 'Other Hall', 'the cache keeps the old venue');
    }, 30);
    return `the new venue from the cache after ${Date.now() - began} ms`;
  },
};

export const survivesTheCache: Step = {
  proves: 'without the cache events are read from the table, and with it again from the cache',
  fault: 'the cache is killed',
  localOnly: true,
  run: async (world) => {
    const cache = world.servers.valkey ?? assert.fail('no cache to kill');
    const id = await putEvent(world, { venue: 'Old Hall' });
    await eventually(world, async () => assert.match((await getEvent(world, id)).cache, /^hit/), 10);
    await cache.kill();
    try {
      const answers = [];
      for (let read = 0; read < 20; read++) {
        answers.push(await getEvent(world, id));
      }
      assert.ok(answers.every(({ venue, cache: seen }) => venue === 'Old Hall' && !seen.startsWith('hit')), 'an answer came from the cache that is gone');
      await putEvent(world, { venue: 'New Hall' }, id);
      assert.equal((await getEvent(world, id)).venue, 'New Hall', 'the update does not show while the cache is gone');
    } finally {
      await cache.restart();
    }
    await eventually(world, async () => assert.match((await getEvent(world, id)).cache, /^hit/, 'the cache is not used again'), 30);
    assert.equal((await getEvent(world, id)).venue, 'New Hall');
    return '20 of 20 reads and an update without the cache; back to hits after it';
  },
};

export const survivesTheDatabase: Step = {
  proves: 'without the database events are still shown by id; search, holds and orders say 503 and work again once it is back',
  fault: 'PostgreSQL is killed',
  localOnly: true,
  run: async (world) => {
    const database = world.servers.postgres ?? assert.fail('no database to kill');
    const id = await putEvent(world);
    const { holdToken } = await hold(world, id, ['A-1']);
    await database.kill();
    const word = newWord();
    try {
      await getEvent(world, id);
      await assertProblem(await world.request('/events?q=hall'), 503, 'a search');
      await assertProblem(await world.request(`/orders/${randomUUID()}`), 503, 'an order');
      await putEvent(world, { venue: word }, id);
      assert.equal((await getEvent(world, id)).venue, word);
    } finally {
      await database.restart();
    }
    const milliseconds = await foundWithin(world, word, id, 60);
    await eventually(world, () => hold(world, id, ['A-2']), 30);
    await eventually(world, async () => assert.equal((await world.request(`/holds/${holdToken}`, { method: 'DELETE' })).status, 204), 30);
    return `200 by id and 503 with a problem document for the rest; what was written meanwhile is found ${milliseconds} ms after the restart`;
  },
};
