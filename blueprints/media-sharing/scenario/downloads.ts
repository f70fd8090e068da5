import * as assert from 'node:assert/strict';
import { getSignedUrl } from '@aws-sdk/cloudfront-signer';
import type { Step } from '../../scenario';
import { answer, becomes, call, type MediaView, png, sha256, upload, users } from './calls';
import { emptyBuckets } from './emptying';
import { signingKey } from './signing';

const HOUR_MS = 3600_000;

export const signsDownloads: Step = {
  proves: 'an owner gets an address of the CDN that opens one object for minutes; the CDN refuses all others',
  localOnly: true,
  run: async (world) => {
    const privateKey = await signingKey(world);
    const { alice, bob } = await users(world);
    const pictures = [png(100_000), png(100_000)];
    const [id = '', another = ''] = await Promise.all(pictures.map((bytes) => upload(world, alice, bytes, 'image/png')));
    await Promise.all([id, another].map((each) => becomes(world, alice, each, 'READY')));
    const addressOf = async (media: string) => new URL((await answer<MediaView>(world, alice, 200, 'GET', `/media/${media}`)).url);
    const [url, other] = [await addressOf(id), await addressOf(another)];
    assert.equal(url.origin, world.outputs.CdnUrl, 'the address is not that of the CDN');
    const minutes = (Number(url.searchParams.get('Expires')) - Date.now() / 1000) / 60;
    assert.ok(minutes > 5 && minutes <= 16, `the address opens for ${minutes.toFixed(0)} minutes`);

    const open = (address: string) => fetch(world.urlOf(address), { signal: world.signal });
    const opened = await open(url.href);
    const body = Buffer.from(await opened.arrayBuffer());
    assert.equal(opened.status, 200, `the CDN answered ${opened.status}: ${body.toString('utf8', 0, 200)}`);
    assert.equal(sha256(body), sha256(pictures[0]!), 'the CDN serves other bytes');
    assert.equal(opened.headers.get('content-type'), 'image/png');

    const unsigned = `${url.origin}${url.pathname}`;
    const keyPairId = url.searchParams.get('Key-Pair-Id')!;
    const signed = (expires: number) =>
      getSignedUrl({ url: unsigned, dateLessThan: new Date(expires).toISOString(), keyPairId, privateKey });
    assert.equal((await open(signed(Date.now() + HOUR_MS))).status, 200, 'what the key signs here is not taken');
    const refused: readonly (readonly [string, string])[] = [
      ['no signature', unsigned],
      ['the signature of another object', `${unsigned}${other.search}`],
      ['a time of its own', url.href.replace(/Expires=\d+/, `Expires=${Math.floor(Date.now() / 1000) + 86_400}`)],
      ['a time that is over', signed(Date.now() - HOUR_MS)],
    ];
    for (const [what, address] of refused) {
      assert.equal((await open(address)).status, 403, `the CDN opens an address with ${what}`);
    }
    assert.equal((await call(world, bob, 'GET', `/media/${id}`)).status, 404, 'somebody else gets an address');
    await emptyBuckets(world);
    return `opened by ${keyPairId} for ${minutes.toFixed(0)} minutes, 100,000 bytes equal; 403 with ${refused.map(([what]) => what).join(', ')}`;
  },
};
