import * as assert from 'node:assert/strict';
import { HeadObjectCommand, S3Client } from '@aws-sdk/client-s3';
import type { SignedPart } from '../../../runtime';
import type { Step } from '../../scenario';
import { announce, answer, becomes, call, mp4, put, sha256, uploadOf, users } from './calls';

const MIB = 1024 * 1024;

export const resumes: Step = {
  proves: 'an upload in parts that was interrupted goes on with the part that is missing, and is the same object',
  fault: 'a client that crashes after two of three parts',
  run: async (world) => {
    const { alice, bob } = await users(world);
    const bytes = mp4(11 * MIB);
    const sent: number[] = [];
    // What the first client knew is gone; the second has the file and the id.
    const crashed = await (async () => {
      const { id, parts } = await announce(world, alice, bytes, 'video/mp4', { sha256: sha256(bytes) });
      assert.deepEqual({ size: parts!.size, count: parts!.count }, { size: 5 * MIB, count: 3 });
      await sendParts(id, [1, 2]);
      return id;
    })();

    async function sendParts(id: string, numbers: readonly number[]): Promise<void> {
      const { parts } = await answer<{ parts: SignedPart[] }>(world, alice, 200, 'POST', `/uploads/${id}/parts`, { numbers });
      for (const part of parts) {
        const from = (part.number - 1) * 5 * MIB;
        assert.equal((await put(part, bytes.subarray(from, from + part.size))).status, 200, `part ${part.number}`);
        sent.push(part.number);
      }
    }

    const { parts } = await uploadOf(world, alice, crashed);
    assert.deepEqual(parts!.received, [1, 2], 'the parts that S3 has');
    const early = await call(world, alice, 'POST', `/uploads/${crashed}/complete`);
    assert.equal(early.status, 409, 'an upload with a part missing was completed');
    const { missing } = await early.json() as { missing: number[] };
    assert.deepEqual(missing, [3]);
    assert.equal((await call(world, bob, 'POST', `/uploads/${crashed}/complete`)).status, 404, 'completed by somebody else');
    await sendParts(crashed, missing);
    await answer(world, alice, 202, 'POST', `/uploads/${crashed}/complete`);
    await answer(world, alice, 202, 'POST', `/uploads/${crashed}/complete`);
    await becomes(world, alice, crashed, 'READY');
    assert.deepEqual(sent, [1, 2, 3], 'a part was sent twice');

    const { media } = await answer<{ media: { id: string; sha256: string }[] }>(world, alice, 200, 'GET', '/media');
    assert.equal(media.find(({ id }) => id === crashed)?.sha256, sha256(bytes), 'the object has other bytes');
    const { ContentLength } = await world.client(S3Client).send(
      new HeadObjectCommand({ Bucket: world.outputs.PublishedBucket, Key: `media/${crashed}` }),
    );
    assert.equal(ContentLength, bytes.length);
    return '11 MiB in 3 parts: 2 sent, crash, 409 naming part 3, 1 sent, completed twice, READY with the SHA-256 that was announced';
  },
};
