/** How the first bytes of each media type look, as hexadecimal digits from the first byte on; `.` is any digit. */
const SIGNATURES: Readonly<Record<string, RegExp>> = {
  'image/gif': /^47494638(37|39)61/,
  'image/jpeg': /^ffd8ff/,
  'image/png': /^89504e470d0a1a0a/,
  'image/webp': /^52494646.{8}57454250/,
  'video/mp4': /^.{8}66747970/,
};

/** How many bytes tell what something is. */
export const TELLING_BYTES = 16;

/** The media types that are shared. */
export const MEDIA_TYPES = Object.keys(SIGNATURES);

/** Whether the first bytes of an object are those of its media type. */
export function looksLike(contentType: string, start: Uint8Array): boolean {
  return SIGNATURES[contentType.toLowerCase()]?.test(Buffer.from(start).toString('hex')) ?? false;
}

/** What subscribers tell apart: `image` or `video`. */
export const kindOf = (contentType: string) => contentType.toLowerCase().split('/')[0]!;
