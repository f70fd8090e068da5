import sharp from 'sharp';
import { DamagedJobError, parseImageRequest, sizesOf } from '../../../blueprints/image-processing/domain/image-request';
import { MAX_BYTES, MAX_PIXELS } from '../../../blueprints/image-processing/domain/limits';
import { thumbnailsOf } from '../../../blueprints/image-processing/domain/thumbnails';
import { MalformedUploadError, parseUpload } from '../../../blueprints/image-processing/domain/upload';
import { bomb, png, webpSize } from '../../../blueprints/image-processing/scenario/pictures';
import { JobRefusedError, Problem } from '../../../runtime';

describe('the document that announces an image', () => {
  const good = { contentType: 'image/png', bytes: 100 };

  test('has sizes of its own, or the usual ones', () => {
    expect(parseImageRequest(good)).toEqual({ ...good, sizes: [128, 512] });
    expect(parseImageRequest({ ...good, bytes: MAX_BYTES, sizes: [16, 1024] }))
      .toEqual({ ...good, bytes: MAX_BYTES, sizes: [16, 1024] });
  });

  test.each<[string, unknown, string[]]>([
    ['nothing', undefined, ['#']],
    ['no fields', {}, ['#/contentType', '#/bytes']],
    ['another type', { ...good, contentType: 'image/svg+xml' }, ['#/contentType']],
    ['too many bytes', { ...good, bytes: MAX_BYTES + 1 }, ['#/bytes']],
    ['half a byte', { ...good, bytes: 5.5 }, ['#/bytes']],
    ['no size', { ...good, sizes: [] }, ['#/sizes']],
    ['a size twice', { ...good, sizes: [16, 16] }, ['#/sizes']],
    ['five sizes', { ...good, sizes: [16, 17, 18, 19, 20] }, ['#/sizes']],
    ['sizes out of bounds', { ...good, sizes: [15, 100, 1025] }, ['#/sizes/0', '#/sizes/2']],
    ['an unknown field', { ...good, key: 'x' }, ['#/key']],
  ])('is refused with %s', (_, document, pointers) => {
    let problem: unknown;
    try {
      parseImageRequest(document);
    } catch (error) {
      problem = error;
    }
    expect(problem).toBeInstanceOf(Problem);
    const { status, extensions } = problem as Problem;
    expect([status, (extensions.errors as { pointer: string }[]).map(({ pointer }) => pointer)]).toEqual([422, pointers]);
  });

  test('is found again in the job, or the job is damaged', () => {
    expect(sizesOf({ sizes: [64] })).toEqual([64]);
    expect(() => sizesOf({ sizes: 'large' })).toThrow(DamagedJobError);
    expect(() => sizesOf(undefined)).toThrow(DamagedJobError);
  });
});

describe('the event of an upload', () => {
  const event = (key: unknown, size: unknown) => JSON.stringify({ source: 'aws.s3', detail: { bucket: { name: 'b' }, object: { key, size, etag: 'e' } } });

  test('tells the job and the size', () => {
    expect(parseUpload(event('job-1', 5))).toEqual({ jobId: 'job-1', size: 5 });
  });

  test.each(['', 'no json', '{}', event('a/b', 5), event('job-1', '5'), event(undefined, 5)])('is none: %p', (body) => {
    expect(() => parseUpload(body)).toThrow(MalformedUploadError);
  });
});

const seen = async (bytes: Buffer) => {
  const { format, width, height } = await sharp(bytes).metadata();
  const { dominant } = await sharp(bytes).stats();
  return { format, width, height, dominant };
};

describe('thumbnails', () => {
  test('show the image, smaller and in WebP', async () => {
    const { format, width, height, thumbnails } = await thumbnailsOf(png(640, 480, [200, 24, 24]), [128, 64]);
    expect({ format, width, height }).toEqual({ format: 'png', width: 640, height: 480 });
    expect(thumbnails.map(({ size, width: w, height: h }) => [size, w, h])).toEqual([[128, 128, 96], [64, 64, 48]]);
    for (const { bytes, width: w, height: h } of thumbnails) {
      expect(await seen(bytes)).toEqual({ format: 'webp', width: w, height: h, dominant: { r: 200, g: 24, b: 24 } });
      // The scenario, which has no library, sees the same.
      expect(webpSize(bytes)).toEqual([w, h]);
    }
  });

  test.each(['jpeg', 'webp', 'gif'] as const)('are made of %s too', async (format) => {
    const image = await sharp(png(100, 50, [24, 200, 24])).toFormat(format).toBuffer();
    const made = await thumbnailsOf(image, [50]);
    expect([made.format, made.thumbnails[0]?.width, made.thumbnails[0]?.height]).toEqual([format, 50, 25]);
  });

  test.each<[string, (image: sharp.Sharp) => sharp.Sharp]>([
    ['grey', (image) => image.toColourspace('b-w').png()],
    ['in sixteen bits', (image) => image.toColourspace('rgb16').png()],
    ['in the colours of print', (image) => image.toColourspace('cmyk').jpeg({ quality: 100 })],
  ])('are made of what is %s', async (_, shape) => {
    const image = await shape(sharp(png(64, 32, [128, 128, 128]))).toBuffer();
    const { thumbnails } = await thumbnailsOf(image, [32]);
    const { r, g, b } = (await sharp(thumbnails[0]!.bytes).stats()).dominant;
    expect([r, g, b].every((value) => Math.abs(value - 128) < 24)).toBe(true);
  });

  test('are the same bytes for the same image', async () => {
    const [once, twice] = await Promise.all([1, 2].map(() => thumbnailsOf(png(300, 200, [1, 2, 3]), [64])));
    expect(once).toEqual(twice);
  });

  test('are not enlarged', async () => {
    const { thumbnails } = await thumbnailsOf(png(40, 30, [1, 2, 3]), [16, 512]);
    expect(thumbnails.map(({ width, height }) => [width, height])).toEqual([[16, 12], [40, 30]]);
  });

  test('stand upright, and do not tell where the image was taken', async () => {
    const image = await sharp(png(60, 30, [9, 9, 200])).withExif({ IFD3: { GPSLatitude: '51/1 30/1 0/1' } })
      .withMetadata({ orientation: 6 }).jpeg().toBuffer();
    const { width, height, thumbnails } = await thumbnailsOf(image, [30]);
    expect([width, height, thumbnails[0]?.width, thumbnails[0]?.height]).toEqual([30, 60, 15, 30]);
    expect((await sharp(thumbnails[0]!.bytes).metadata()).exif).toBeUndefined();
  });

  test('keep what is transparent', async () => {
    const background = { r: 9, g: 9, b: 9, alpha: 0.5 };
    const image = await sharp({ create: { width: 40, height: 40, channels: 4, background } }).png().toBuffer();
    const { thumbnails } = await thumbnailsOf(image, [20]);
    expect(await sharp(thumbnails[0]!.bytes).metadata()).toMatchObject({ width: 20, hasAlpha: true });
  });

  test.each<[string, Buffer, string]>([
    ['text', Buffer.from('hello'), 'not-an-image'],
    ['nothing', Buffer.alloc(0), 'not-an-image'],
    ['an SVG', Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>'), 'not-an-image'],
    ['a PNG that is cut off', png(200, 200, [5, 5, 5]).subarray(0, 150), 'damaged-image'],
    ['more pixels than are taken', bomb(5001, 5000), 'too-many-pixels'],
    ['a bomb', bomb(60_000, 60_000), 'too-many-pixels'],
  ])('are refused of %s', async (_, bytes, code) => {
    const error: unknown = await thumbnailsOf(bytes, [64]).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(JobRefusedError);
    expect(error).toMatchObject({ code });
  });

  test('an image of the most pixels is taken', async () => {
    expect(MAX_PIXELS).toBe(25_000_000);
    const error: unknown = await thumbnailsOf(bomb(5000, 5000), [64]).catch((thrown: unknown) => thrown);
    // Its pixels are missing, but nobody minds their number.
    expect(error).toMatchObject({ code: 'damaged-image' });
  });
});
