import * as assert from 'node:assert/strict';
import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import type { Step } from '../../scenario';
import { announce, answer, becomes, call, png, put, sha256, users } from './calls';

export const publishes: Step = {
  proves: 'what is sent to a signed URL becomes READY, byte for byte, is seen by its owner only, and cannot be replaced by the same URL',
  run: async (world) => {
    const { alice, bob } = await users(world);
    const bytes = png(200_000);
    const { id, upload: request } = await announce(world, alice, bytes, 'image/png', { name: 'cat.png', sha256: sha256(bytes) });
    assert.equal((await put(request!, bytes)).status, 200);
    const began = Date.now();
    await becomes(world, alice, id, 'READY');
    const seconds = ((Date.now() - began) / 1000).toFixed(1);

    const { media } = await answer<{ media: { id: string; sha256: string }[] }>(world, alice, 200, 'GET', '/media');
    assert.deepEqual(media.map((one) => [one.id, one.sha256]), [[id, sha256(bytes)]], 'the list of what Alice shares');
    const published = await world.client(S3Client).send(new GetObjectCommand({ Bucket: world.outputs.PublishedBucket, Key: `media/${id}` }));
    assert.equal(sha256(await published.Body!.transformToByteArray()), sha256(bytes), 'the published copy has other bytes');
    assert.equal(published.ContentType, 'image/png');

    for (const path of [`/uploads/${id}`, `/media/${id}`]) {
      assert.equal((await call(world, bob, 'GET', path)).status, 404, `${path} for somebody else`);
    }
    assert.equal((await call(world, bob, 'DELETE', `/uploads/${id}`)).status, 404, 'DELETE by somebody else');
    assert.equal((await put(request!, png(200_000))).status, 412, 'the URL replaced what was uploaded');
    return `200,000 bytes READY ${seconds} s after the PUT, SHA-256 equal; 404 for another user; a second PUT to the same URL 412`;
  },
};
