import sharp from 'sharp';
import { JobRefusedError } from '../../../runtime';
import { FORMATS, MAX_PIXELS } from './limits';

/** A smaller copy of an image: WebP, without the metadata of the original, such as where it was taken. */
export interface Thumbnail {
  /** The longest side that was asked for, in pixels. */
  readonly size: number;
  readonly width: number;
  readonly height: number;
  readonly bytes: Buffer;
}

/** An image and its thumbnails. */
export interface Thumbnails {
  readonly format: string;
  /** Upright, in pixels. */
  readonly width: number;
  readonly height: number;
  readonly thumbnails: readonly Thumbnail[];
}

/**
 * Makes the thumbnails of an image, the same bytes for the same image every time. An image smaller than a thumbnail is not
 * enlarged; of several frames the first counts.
 *
 * @param sizes the longest side of each, in pixels
 * @throws JobRefusedError when the bytes are no image, a damaged one, or one of too many pixels
 */
export async function thumbnailsOf(image: Buffer, sizes: readonly number[]): Promise<Thumbnails> {
  const { format, width, height } = await judged(image);
  // What came from outside is decoded once, to the largest size; the others are made of that.
  const largest = await decoded(image, Math.max(...sizes));
  const thumbnails = await Promise.all(sizes.map(async (size) => {
    const { data, info } = await sharp(largest.data, { raw: largest.info }).resize(box(size)).webp({ quality: 80 })
      .toBuffer({ resolveWithObject: true });
    return { size, width: info.width, height: info.height, bytes: data };
  }));
  return { format, width, height, thumbnails };
}

const box = (size: number) => ({ width: size, height: size, fit: 'inside', withoutEnlargement: true }) as const;

/** What the header of an image says, before a pixel of it is decoded. */
async function judged(image: Buffer) {
  const { format, width = 0, height = 0, autoOrient } = await headerOf(image);
  if (format === undefined || !FORMATS.includes(format)) {
    throw new JobRefusedError('not-an-image', 'The upload is no JPEG, PNG, WebP or GIF image.');
  }
  if (width * height > MAX_PIXELS) {
    throw new JobRefusedError('too-many-pixels', `The image has ${width} x ${height} pixels; at most ${MAX_PIXELS} are taken.`);
  }
  return { format, width: autoOrient!.width, height: autoOrient!.height };
}

async function headerOf(image: Buffer): Promise<Partial<sharp.Metadata>> {
  try {
    return await sharp(image, { limitInputPixels: false }).metadata();
  } catch (error) {
    if (isOurs(error)) {
      throw error;
    }
    return {};
  }
}

async function decoded(image: Buffer, size: number) {
  try {
    return await sharp(image, { limitInputPixels: MAX_PIXELS }).autoOrient().resize(box(size)).raw()
      .toBuffer({ resolveWithObject: true });
  } catch (error) {
    if (isOurs(error)) {
      throw error;
    }
    throw new JobRefusedError('damaged-image', 'The image cannot be decoded.');
  }
}

/** Whether it was not the image: no memory, or a crash of the WebAssembly. Another attempt may do better. */
const isOurs = (error: unknown) => !(error instanceof Error) || error.name !== 'Error' || /memory|thread/i.test(error.message);
