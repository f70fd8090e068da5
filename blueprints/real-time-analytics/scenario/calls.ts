import * as assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import type { World } from '../../scenario';
import type { PostEvent } from '../domain/event';

export const MINUTE = 60_000;
/** Steps use later and later minutes: what lies behind what another step has sent would be late. */
const BEGIN = Math.floor(Date.now() / MINUTE) * MINUTE - 30 * MINUTE;

/** The beginning of a minute of the scenario. */
export const minute = (number: number) => BEGIN + number * MINUTE;

export const newPost = () => randomBytes(6).toString('hex');

/** An event of a post. */
export function eventOf(post: string, time: number, more: Partial<PostEvent> = {}): PostEvent {
  return { id: randomBytes(8).toString('hex'), post, kind: 'like', region: 'europe', at: new Date(time).toISOString(), ...more };
}

/** Asks for events to be taken. */
export function postEvents(world: World, events: unknown, headers: Record<string, string> = {}): Promise<Response> {
  return world.request('/events', {
    method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify({ events }),
  });
}

/** Sends events one batch after another, so that they arrive in their order. */
export async function sendEvents(world: World, events: readonly PostEvent[]): Promise<void> {
  for (let first = 0; first < events.length; first += 500) {
    const batch = events.slice(first, first + 500);
    const response = await postEvents(world, batch);
    assert.equal(response.status, 202, `POST /events answered ${response.status}: ${await response.clone().text()}`);
    assert.deepEqual(await response.json(), { accepted: batch.length, failed: [] });
  }
}

/** A window as the API tells it. */
export interface Window {
  readonly start: string;
  readonly count: number;
  readonly sum: number;
  readonly mean?: number;
  readonly min?: number;
  readonly max?: number;
  readonly late: number;
  readonly final: boolean;
}

/** What a window has counted, whether or not it is final. */
export const totalsIn = ({ start, count, sum, min, max, late }: Window) => ({ start, count, sum, min, max, late });

/** The windows of a series that begin from a time on and before another one. */
export async function windowsOf(
  world: World, name: string, from: number, to: number, more: Record<string, string> = {},
): Promise<Window[]> {
  const query = new URLSearchParams({ name, from: new Date(from).toISOString(), to: new Date(to).toISOString(), ...more });
  const response = await world.request(`/series?${query.toString()}`);
  assert.equal(response.status, 200, `GET /series answered ${response.status}: ${await response.clone().text()}`);
  return (await response.json() as { windows: Window[] }).windows;
}

/** How many likes of a post were counted in a minute. */
export async function likesOf(world: World, post: string, time: number): Promise<number> {
  const [window] = await windowsOf(world, `post/${post}/like`, time, time + MINUTE);
  return window?.count ?? 0;
}
