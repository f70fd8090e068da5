import * as assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { ScanCommand } from '@aws-sdk/lib-dynamodb';
import type { Step } from '../../scenario';
import { assertProblem } from '../../scenario-checks';
import { inParallel } from '../../scenario-tools';
import { createLink, postLink } from './calls';

export const createsAndRedirects: Step = {
  proves: 'a link is created and redirects to its URL at once',
  run: async (world) => {
    const target = 'https://example.com/a/long/path?with=query&and=more#fragment';
    const { slug, shortUrl } = await createLink(world, { url: target });
    assert.match(slug, /^[0-9A-Za-z]{10}$/);
    assert.ok(shortUrl.endsWith(`/${slug}`), `shortUrl is ${shortUrl}`);
    const response = await world.request(`/${slug}`);
    assert.equal(response.status, 301);
    assert.equal(response.headers.get('location'), target);
    return `201 with slug ${slug}, then 301 to the URL`;
  },
};

export const refusesUnknownAndExpired: Step = {
  proves: 'an unknown link and an expired link are not found, before the table has deleted it',
  run: async (world) => {
    await assertProblem(await world.request('/NeverMade00'), [404], 'an unknown slug');
    const { slug } = await createLink(world, { url: 'https://example.com/soon-gone', expiresInSeconds: 2 });
    assert.equal((await world.request(`/${slug}`)).status, 301, 'before it expires it redirects');
    await sleep(3000, undefined, { signal: world.signal });
    await assertProblem(await world.request(`/${slug}`), [404], 'an expired slug');
    await assertProblem(await world.request(`/links/${slug}/stats`), [404], 'the statistics of an expired slug');
    return '404 for an unknown slug; 301 and, three seconds later, 404 for one that expired after two';
  },
};

const GOOD = { url: 'https://example.com' };
const BAD_REQUESTS: readonly { readonly what: string; readonly body: unknown; readonly headers?: Record<string, string> }[] = [
  { what: 'no body', body: '' },
  { what: 'a body that is not JSON', body: '{"url": ' },
  { what: 'a JSON array', body: [] },
  { what: 'null', body: 'null' },
  { what: 'no url', body: {} },
  { what: 'a url that is a number', body: { url: 42 } },
  { what: 'a relative url', body: { url: '/just/a/path' } },
  { what: 'a javascript: url', body: { url: 'javascript:alert(1)' } },
  { what: 'a data: url', body: { url: 'data:text/html,hello' } },
  { what: 'an ftp: url', body: { url: 'ftp://example.com/file' } },
  { what: 'a url with a password', body: { url: 'https://user:secret@example.com/' } },
  { what: 'a url of 2049 characters', body: { url: `https://example.com/${'a'.repeat(2049 - 20)}` } },
  { what: 'a url with a line break', body: { url: 'https://example.com/\r\nset-cookie: a=b' } },
  { what: 'an expiry of zero', body: { ...GOOD, expiresInSeconds: 0 } },
  { what: 'a negative expiry', body: { ...GOOD, expiresInSeconds: -5 } },
  { what: 'an expiry with a fraction', body: { ...GOOD, expiresInSeconds: 1.5 } },
  { what: 'an expiry that is text', body: { ...GOOD, expiresInSeconds: 'soon' } },
  { what: 'an unknown field', body: { ...GOOD, slug: 'mine' } },
  { what: 'a content type that is not JSON', body: GOOD, headers: { 'content-type': 'text/plain' } },
  { what: 'an empty Idempotency-Key', body: GOOD, headers: { 'idempotency-key': ' ' } },
  { what: 'an Idempotency-Key of 256 characters', body: GOOD, headers: { 'idempotency-key': 'k'.repeat(256) } },
  { what: 'a body of 100 kB', body: { ...GOOD, note: 'x'.repeat(100_000) } },
];

export const refusesBadInput: Step = {
  proves: 'bad input is refused with a problem document and never breaks the service',
  run: async (world) => {
    await inParallel(BAD_REQUESTS, 4, async ({ what, body, headers }) =>
      assertProblem(await postLink(world, body, headers), [400, 413, 415, 422], what));
    await inParallel(['/..%2f', '/a', '/%00', `/${'x'.repeat(200)}`, '/NeverMade0%20'], 4, async (path) =>
      assertProblem(await world.request(path), [404], path));
    return `${BAD_REQUESTS.length} bad bodies and headers and 5 bad paths: only 4xx, each with a problem document`;
  },
};

export const createsOncePerKey: Step = {
  proves: 'the same Idempotency-Key creates one link, also when the requests come at once',
  run: async (world) => {
    const url = `https://example.com/once/${randomUUID()}`;
    const key = { 'idempotency-key': randomUUID() };
    const answers = await Promise.all(Array.from({ length: 8 }, () => postLink(world, { url }, key)));
    const again = await postLink(world, { url }, key);
    assert.equal(again.status, 201, 'a later repetition gets the first answer');
    for (const answer of answers.filter(({ status }) => status !== 201)) {
      await assertProblem(answer, [409], 'a repetition while the first is in flight');
    }
    const created = await Promise.all([...answers.filter(({ status }) => status === 201), again].map((answer) => answer.text()));
    assert.equal(new Set(created).size, 1, 'every 201 has the same body');
    await assertProblem(await postLink(world, { url: `${url}/other` }, key), [422], 'the same key with another body');
    const { Count } = await world.dynamodb.send(new ScanCommand({
      TableName: world.outputs.LinksTable,
      FilterExpression: 'begins_with(#url, :url)',
      ExpressionAttributeNames: { '#url': 'url' },
      ExpressionAttributeValues: { ':url': url },
      ConsistentRead: true,
    }));
    assert.equal(Count, 1, 'the table holds one link');
    return `9 requests with one key: ${created.length} identical answers, ${9 - created.length} refused as in flight, 1 link in the table`;
  },
};

export const slugsAreDistinct: Step = {
  proves: '200 concurrent requests create 200 distinct links',
  run: async (world) => {
    const links = await Promise.all(Array.from({ length: 200 }, (_, i) => createLink(world, { url: `https://example.com/${i}` })));
    assert.equal(new Set(links.map(({ slug }) => slug)).size, 200);
    const sample = links[137]!;
    const response = await world.request(`/${sample.slug}`);
    assert.equal(response.headers.get('location'), 'https://example.com/137', 'and each leads to its own URL');
    return '200 answers with 201, 200 distinct slugs';
  },
};
