import * as assert from 'node:assert/strict';
import type { Step } from '../../scenario';
import { assertProblem } from '../../scenario-checks';
import { inParallel } from '../../scenario-tools';
import { announce, cleanUp, finished, postImage, put } from './calls';
import { bomb, png, webpSize } from './pictures';

export const makesThumbnails: Step = {
  proves: 'a request is answered 202 at once, the image is uploaded to a signed address, and its job tells when the thumbnails are there',
  run: async (world) => {
    const image = png(640, 480, [200, 30, 30]);
    const response = await postImage(world, { contentType: 'image/png', bytes: image.length });
    assert.equal(response.status, 202);
    const announced = await response.json() as Awaited<ReturnType<typeof announce>>;
    assert.equal(response.headers.get('location'), `/jobs/${announced.id}`);
    const status = await world.request(response.headers.get('location')!);
    assert.equal(status.status, 200);
    assert.match(status.headers.get('retry-after') ?? '', /^\d+$/, 'an unfinished job says when to ask again');
    assert.equal((await status.json() as { state: string }).state, 'QUEUED');
    await assertProblem(await world.request(`/images/${announced.id}/128`), [404], 'a thumbnail before its image was uploaded');

    assert.equal((await put(announced, image)).status, 200);
    const job = await finished(world, announced.id, 'SUCCEEDED');
    assert.deepEqual([job.attempts, job.result?.width, job.result?.height], [1, 640, 480]);
    const sizes = await inParallel(job.result!.thumbnails, 2, async ({ path }) => {
      const shown = await world.request(path);
      assert.equal(shown.status, 307);
      const bytes = await fetch(shown.headers.get('location')!, { signal: world.signal });
      assert.deepEqual([bytes.status, bytes.headers.get('content-type')], [200, 'image/webp']);
      return webpSize(Buffer.from(await bytes.arrayBuffer()));
    });
    assert.deepEqual(sizes, [[128, 96], [512, 384]]);
    await assertProblem(await world.request(`/images/${announced.id}/64`), [404], 'a thumbnail nobody asked for');
    await assertProblem(await world.request('/jobs/00000000-0000-4000-8000-000000000000'), [404], 'a job that never was');
    await cleanUp(world, [announced.id]);
    return 'a PNG of 640 x 480: 202, QUEUED, SUCCEEDED after 1 attempt; WebP of 128 x 96 and 512 x 384; '
      + '404 for another size and another job';
  },
};

const GOOD = { contentType: 'image/png', bytes: 100 };
const BAD_REQUESTS: readonly { readonly what: string; readonly body: unknown }[] = [
  { what: 'no body', body: '' },
  { what: 'a body that is not JSON', body: '{"bytes": ' },
  { what: 'a JSON array', body: [] },
  { what: 'null', body: 'null' },
  { what: 'no content type', body: { bytes: 100 } },
  { what: 'an SVG', body: { ...GOOD, contentType: 'image/svg+xml' } },
  { what: 'no length', body: { contentType: 'image/png' } },
  { what: 'no bytes', body: { ...GOOD, bytes: 0 } },
  { what: '20 MB and one byte', body: { ...GOOD, bytes: 20_000_001 } },
  { what: 'half a byte', body: { ...GOOD, bytes: 0.5 } },
  { what: 'no size at all', body: { ...GOOD, sizes: [] } },
  { what: 'five sizes', body: { ...GOOD, sizes: [20, 30, 40, 50, 60] } },
  { what: 'a size twice', body: { ...GOOD, sizes: [128, 128] } },
  { what: 'a size of 15', body: { ...GOOD, sizes: [15] } },
  { what: 'a size of 1025', body: { ...GOOD, sizes: [1025] } },
  { what: 'a size that is text', body: { ...GOOD, sizes: ['128'] } },
  { what: 'an unknown field', body: { ...GOOD, key: '../../etc/passwd' } },
  { what: 'a body of 100 kB', body: { ...GOOD, note: 'x'.repeat(100_000) } },
];

export const refusesBadRequests: Step = {
  proves: 'bad requests are refused with a problem document and make no job',
  run: async (world) => {
    await inParallel(BAD_REQUESTS, 4, async ({ what, body }) =>
      assertProblem(await postImage(world, body), [400, 413, 415, 422], what));
    const paths = ['/jobs/a%20b', `/jobs/${'x'.repeat(200)}`, '/images/a/0', '/images/a/99999', '/images/a/128px'];
    await inParallel(paths, 4, async (path) => assertProblem(await world.request(path), [404], path));
    return `${BAD_REQUESTS.length} bad bodies and ${paths.length} bad paths: only 4xx, each with a problem document`;
  },
};

export const refusesOtherUploads: Step = {
  proves: 'a signed address takes one upload of the type and length that were announced, and no other',
  run: async (world) => {
    const image = png(64, 64, [1, 2, 3]);
    const announced = await announce(world, image, [32]);
    const longer = await put(announced, Buffer.concat([image, Buffer.from('more')]));
    const other = await put(announced, image, { 'content-type': 'text/html' });
    const late = announced.upload.url.replace(/X-Amz-Date=\d{8}/, 'X-Amz-Date=20200101');
    const expired = await put({ ...announced, upload: { ...announced.upload, url: late } }, image);
    assert.deepEqual([longer.status, other.status, expired.status], [403, 403, 403], 'longer, of another type, and late');
    assert.equal((await put(announced, image)).status, 200);
    const job = await finished(world, announced.id, 'SUCCEEDED');
    assert.equal((await put(announced, image)).status, 412, 'the same address once more');
    assert.deepEqual(await finished(world, announced.id, 'SUCCEEDED'), job);
    await cleanUp(world, [announced.id]);
    return '403 for a longer body, another type and an expired address; 200; then 412, and the job stays as it was';
  },
};

const NO_IMAGES: readonly { readonly what: string; readonly bytes: Buffer; readonly code: string }[] = [
  { what: 'text', bytes: Buffer.from('hello, this is no image'), code: 'not-an-image' },
  { what: 'an SVG', bytes: Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="10" height="10"/>'), code: 'not-an-image' },
  { what: 'a PNG that is cut off', bytes: png(200, 200, [5, 5, 5]).subarray(0, 150), code: 'damaged-image' },
  { what: 'a PNG of 1 kB that says it has 900 megapixels', bytes: bomb(30_000, 30_000), code: 'too-many-pixels' },
];

export const refusesWhatIsNoImage: Step = {
  proves: 'what is no image fails its job at once, with a reason and without another attempt',
  fault: 'uploads that are no images',
  run: async (world) => {
    const ids = await inParallel(NO_IMAGES, 4, async ({ what, bytes, code }) => {
      const announced = await announce(world, bytes, [32]);
      assert.equal((await put(announced, bytes)).status, 200);
      const { error, attempts } = await finished(world, announced.id, 'FAILED');
      assert.deepEqual([what, error?.code, attempts], [what, code, 1]);
      await assertProblem(await world.request(`/images/${announced.id}/32`), [404], `a thumbnail of ${what}`);
      return announced.id;
    });
    await cleanUp(world, ids);
    return NO_IMAGES.map(({ what, code }) => `${what}: ${code}`).join('; ');
  },
};
