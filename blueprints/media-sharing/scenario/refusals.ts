import * as assert from 'node:assert/strict';
import type { Step } from '../../scenario';
import { announce, becomes, call, png, put, sha256, upload, users } from './calls';

const ROUTES: readonly (readonly [method: string, path: string])[] = [
  ['POST', '/uploads'], ['GET', '/uploads/some'], ['DELETE', '/uploads/some'], ['POST', '/uploads/some/parts'],
  ['POST', '/uploads/some/complete'], ['GET', '/media'], ['GET', '/media/some'], ['GET', '/feed'],
];

export const refusesStrangers: Step = {
  proves: 'nobody gets anywhere without the token of a user',
  run: async (world) => {
    const { alice } = await users(world);
    for (const [method, path] of ROUTES) {
      assert.equal((await world.request(path, { method })).status, 401, `${method} ${path} without a token`);
      const [head, payload, signature] = alice.token.split('.') as [string, string, string];
      const claims = { ...JSON.parse(Buffer.from(payload, 'base64url').toString()) as object, sub: 'somebody-else' };
      const forged = [head, Buffer.from(JSON.stringify(claims)).toString('base64url'), signature].join('.');
      assert.equal((await call(world, { token: forged }, method, path)).status, 401, `${method} ${path} with a forged token`);
    }
    assert.equal((await call(world, alice, 'GET', '/media')).status, 200, 'with the token of a user');
    return `${ROUTES.length} routes: 401 without a token and with a forged one, 200 with a user's`;
  },
};

const ANNOUNCEMENTS: readonly (readonly [what: string, body: object])[] = [
  ['a type that is not shared', { size: 10, contentType: 'text/html' }],
  ['101 MiB', { size: 101 * 1024 * 1024, contentType: 'image/png' }],
  ['no size', { contentType: 'image/png' }],
  ['an unknown field', { size: 10, contentType: 'image/png', key: 'elsewhere' }],
  ['a URL for an hour', { size: 10, contentType: 'image/png', urlExpiresInSeconds: 3600 }],
];

export const refusesOthersBytes: Step = {
  proves: 'a URL takes the size, the type and the bytes that were announced, and what is not what it claims to be is FAILED',
  run: async (world) => {
    const { alice } = await users(world);
    for (const [what, body] of ANNOUNCEMENTS) {
      assert.equal((await call(world, alice, 'POST', '/uploads', body)).status, 422, what);
    }
    const bytes = png(1000);
    const request = (await announce(world, alice, bytes, 'image/png', { sha256: sha256(bytes) })).upload!;
    assert.equal((await put(request, bytes, { 'content-type': 'text/html' })).status, 403, 'another content type');
    assert.equal((await put(request, png(1001))).status, 403, 'a byte more');
    assert.equal((await put(request, png(999))).status, 403, 'a byte less');
    assert.equal((await put({ ...request, url: request.url.replace(/[^/]+\?/, 'elsewhere?') }, bytes)).status, 403, 'another key');
    assert.equal((await put(request, png(1000))).status, 400, 'other bytes than announced');
    assert.equal((await put(request, bytes)).status, 200, 'and then what was announced');

    const script = Buffer.from('<script>alert(1)</script>');
    const disguised = await upload(world, alice, script, 'image/png');
    const { reason } = await becomes(world, alice, disguised, 'FAILED');
    assert.equal((await call(world, alice, 'GET', `/media/${disguised}`)).status, 404, 'a script is served as an image');
    return `${ANNOUNCEMENTS.length} announcements 422; other type, size and key 403, other bytes 400; a script as image/png FAILED: ${reason}`;
  },
};
