import * as assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import type { Step } from '../../scenario';
import { eventually, inParallel } from '../../scenario-tools';
import { type Answer, ask, Browser, type Note, nodesOf, said } from './browser';

const NODES = 3;

export const answersOnAllNodes: Step = {
  proves: 'all nodes answer through the CDN and the load balancer, and everything behind them answers',
  run: async (world) => {
    const nodes = await nodesOf(world, NODES);
    const deep = await ask(world, '/healthz?deep');
    assert.equal(deep.status, 200, `GET /healthz?deep answers ${deep.status}`);
    return `${nodes.length} nodes answer 200, the database and the cache too`;
  },
};

export const answersAtTheEdge: Step = {
  proves: 'static files are answered at the edge, everything else by the nodes: nobody is shown what an edge has kept of another user',
  run: async (world) => {
    const page = (await ask(world, '/')).bytes.toString();
    const path = /href="([^"]+)"/.exec(page)![1]!;
    const asked = 20;
    // On AWS an edge has more than one cache to fill.
    const [style] = await eventually(world, async () => {
      const answers = await inParallel(Array<string>(asked).fill(path), 4, (each) => ask(world, each));
      assert.deepEqual([...new Set(answers.map(fromWhere))], ['200 Hit from cloudfront']);
      return answers;
    });
    assert.match(style!.headers.get('cache-control') ?? '', /immutable/);
    assert.match(style!.headers.get('age') ?? '', /^\d+$/, 'it says how long it has been kept');
    const texts = ['of the one', 'of the other'];
    const browsers = await Promise.all(texts.map(() => new Browser(world).signUp()));
    await Promise.all(browsers.map((browser, user) => browser.write(texts[user]!)));
    const rounds = 5;
    for (let n = 0; n < rounds; n += 1) {
      for (const [user, browser] of browsers.entries()) {
        const answer = await browser.request('/notes');
        assert.equal(fromWhere(answer), '200 Miss from cloudfront');
        assert.deepEqual(said<Note[]>(answer).map(({ text }) => text), [texts[user]]);
      }
    }
    assert.equal((await ask(world, '/notes')).status, 401, 'who has not signed in is shown nothing');
    return `the style sheet, which may be kept for ever: ${asked} of ${asked} requests answered at the edge; `
      + `notes of ${browsers.length} users: ${rounds * browsers.length} of ${rounds * browsers.length} by the nodes`;
  },
};

/** The status of an answer, and whether an edge had kept it. */
const fromWhere = ({ status, headers }: Answer) => `${status} ${headers.get('x-cache')}`;

export const migratesOnce: Step = {
  proves: 'the schema was brought up to date once, though all nodes started at the same time',
  run: async (world) => {
    const nodes = await nodesOf(world, NODES);
    const migrated = nodes.flatMap(({ migrated: names }) => names).sort();
    assert.deepEqual(migrated, ['001-users', '002-notes']);
    return `${migrated.join(' and ')} applied, each by one of ${nodes.length} nodes`;
  },
  // On AWS nodes of an earlier deployment may have done it.
  localOnly: true,
};

export const readsWhatWasWritten: Step = {
  proves: 'who has written a note reads it at once, changed and removed ones too, on whatever node',
  run: async (world) => {
    const browser = await new Browser(world).signUp();
    const rounds = 20;
    for (let n = 0; n < rounds; n += 1) {
      const { id } = await browser.write(`note ${n}`);
      assert.ok((await browser.notes()).some((note) => note.id === id), `note ${n} is read at once`);
    }
    const [first, second] = await browser.notes();
    const changed = await browser.request(`/notes/${first!.id}`, { method: 'PUT', body: JSON.stringify({ text: 'changed' }) });
    assert.equal(changed.status, 200);
    assert.equal((await browser.request(`/notes/${second!.id}`, { method: 'DELETE' })).status, 204);
    const left = await browser.notes();
    assert.equal(left.length, rounds - 1);
    assert.equal(left[0]!.text, 'changed');
    const stranger = await new Browser(world).signUp();
    assert.deepEqual(await stranger.notes(), [], 'a stranger sees none of them');
    assert.equal((await stranger.request(`/notes/${first!.id}`, { method: 'DELETE' })).status, 404, 'a stranger removes none of them');
    return `${rounds} notes read right after they were written, one changed, one removed; a stranger sees none`;
  },
};

const BAD: readonly { readonly what: string; readonly path: string; readonly body: unknown; readonly status: number }[] = [
  { what: 'no JSON', path: '/users', body: '{', status: 400 },
  { what: 'no address', path: '/users', body: { email: 'nobody', password: 'long enough to be one' }, status: 400 },
  { what: 'a short password', path: '/users', body: { email: 'a@b.example', password: 'short' }, status: 400 },
  { what: 'an unknown address', path: '/session', body: { email: 'nobody@b.example', password: 'long enough to be one' }, status: 401 },
  { what: 'notes without a session', path: '/notes', body: { text: 'x' }, status: 401 },
  { what: 'media without a session', path: '/media', body: 'x', status: 401 },
];

export const refusesBadInput: Step = {
  proves: 'what cannot be right is refused, and says why',
  run: async (world) => {
    await inParallel(BAD, 3, async ({ what, path, body, status }) => {
      const response = await ask(world, path, { method: 'POST', body: typeof body === 'string' ? body : JSON.stringify(body) });
      assert.equal(response.status, status, what);
      assert.equal(response.headers.get('content-type'), 'application/problem+json', what);
    });
    const browser = await new Browser(world).signUp();
    const [again, empty] = [await new Browser(world).signUpAs(browser.email), await browser.request('/notes', { method: 'POST', body: '{"text":""}' })];
    assert.deepEqual([again, empty.status], [409, 400]);
    const forged = new Browser(world);
    forged.cookie = browser.cookie!.replace(/.$/, (last) => last === 'A' ? 'B' : 'A');
    assert.equal(await forged.isSignedIn(), false, 'a forged cookie');
    return `${BAD.length + 3} requests refused with 400, 401 or 409, a forged cookie among them`;
  },
};

export const keepsMedia: Step = {
  proves: 'a picture that was uploaded comes back as it was, to who uploaded it only',
  run: async (world) => {
    const [browser, stranger] = await Promise.all([new Browser(world).signUp(), new Browser(world).signUp()]);
    const picture = randomBytes(200_000);
    const upload = (type: string) => browser.request('/media', { method: 'POST', body: picture, headers: { 'content-type': type } });
    assert.equal((await upload('text/html')).status, 415, 'a page is no picture');
    const kept = await upload('image/png');
    assert.equal(kept.status, 201);
    const { id } = said<{ id: string }>(kept);
    // First, so that an edge that keeps errors would answer the owner with this one.
    assert.equal((await stranger.request(`/media/${id}`)).status, 404, 'a stranger finds nothing');
    const found = await browser.request(`/media/${id}`);
    assert.equal(found.status, 200);
    assert.equal(found.headers.get('content-type'), 'image/png');
    assert.ok(found.bytes.equals(picture), 'the bytes are the same');
    assert.equal((await browser.request(`/media/${id}`, { method: 'DELETE' })).status, 204);
    assert.equal((await browser.request(`/media/${id}`)).status, 404, 'what was removed is not found');
    const { KeyCount } = await world.client(S3Client).send(new ListObjectsV2Command({ Bucket: world.outputs.MediaBucket }));
    assert.equal(KeyCount, 0, 'what was removed is gone');
    return `${picture.length} bytes came back the same; 404 for a stranger, 415 for a page; removed again`;
  },
};
