import * as assert from 'node:assert/strict';
import { crc32, deflateSync } from 'node:zlib';

const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);

/** A real image without a library: a PNG of one colour (W3C, Portable Network Graphics). */
export function png(width: number, height: number, [red, green, blue]: readonly [number, number, number]): Buffer {
  const row = Buffer.concat([Buffer.from([0]), Buffer.alloc(3 * width, Buffer.from([red, green, blue]))]);
  return pngOf(width, height, deflateSync(Buffer.concat(Array.from({ length: height }, () => row)), { level: 1 }));
}

/** A few bytes that say they are an image of so many pixels. */
export const bomb = (width: number, height: number) => pngOf(width, height, deflateSync(Buffer.alloc(1000)));

function pngOf(width: number, height: number, pixels: Buffer): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  // Eight bits of red, green and blue.
  header.set([8, 2, 0, 0, 0], 8);
  return Buffer.concat([SIGNATURE, chunk('IHDR', header), chunk('IDAT', pixels), chunk('IEND', Buffer.alloc(0))]);
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'ascii'), data]);
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  sum.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, sum]);
}

/** Width and height of a lossy WebP image, as its frame says (RFC 9649). */
export function webpSize(bytes: Buffer): readonly [number, number] {
  assert.equal(bytes.toString('latin1', 0, 4), 'RIFF', 'not a WebP image');
  assert.equal(bytes.toString('latin1', 8, 16), 'WEBPVP8 ', 'not a lossy WebP image');
  assert.equal(bytes.readUInt32LE(4), bytes.length - 8, 'a WebP image that is cut off');
  assert.equal(bytes.readUIntBE(23, 3), 0x9d012a, 'a WebP image without a frame');
  return [bytes.readUInt16LE(26) & 0x3fff, bytes.readUInt16LE(28) & 0x3fff];
}
