import * as assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import type { World } from '../../scenario';

/** A link as `POST /links` answers it. */
export interface CreatedLink {
  readonly slug: string;
  readonly shortUrl: string;
}

/** Asks for a link. */
export function postLink(world: World, body: unknown, headers: Record<string, string> = {}): Promise<Response> {
  return world.request('/links', {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
}

/** Creates a link and returns it. */
export async function createLink(world: World, body: { url: string; expiresInSeconds?: number }): Promise<CreatedLink> {
  const response = await postLink(world, body);
  assert.equal(response.status, 201, `POST /links answered ${response.status}: ${await response.clone().text()}`);
  return await response.json() as CreatedLink;
}

/** How often a link was clicked. */
export async function clicksOf(world: World, slug: string): Promise<number> {
  const response = await world.request(`/links/${slug}/stats`);
  assert.equal(response.status, 200, `GET /links/${slug}/stats answered ${response.status}`);
  return (await response.json() as { clicks: number }).clicks;
}

/** A click as the redirect puts it into the queue. */
export function clickMessage(slug: string, id: string = randomUUID()): string {
  return JSON.stringify({ id, slug, at: new Date().toISOString() });
}
