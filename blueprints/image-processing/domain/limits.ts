/** The largest upload, in bytes. */
export const MAX_BYTES = 20_000_000;

/** The most pixels of an image: 25 megapixels, which take 100 MB once decoded, whatever the file weighs. */
export const MAX_PIXELS = 25_000_000;

/** What is uploaded. */
export const CONTENT_TYPES: readonly string[] = ['image/jpeg', 'image/png', 'image/webp', 'image/gif'];

/** What an image must really be, as its bytes say. */
export const FORMATS: readonly string[] = ['jpeg', 'png', 'webp', 'gif'];

/** The longest side of a thumbnail, in pixels. */
export const MIN_SIZE = 16;
export const MAX_SIZE = 1024;
export const MAX_SIZES = 4;
export const DEFAULT_SIZES: readonly number[] = [128, 512];
