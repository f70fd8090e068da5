import * as v from 'valibot';
import { Problem } from '../../../runtime';
import { CONTENT_TYPES, DEFAULT_SIZES, MAX_BYTES, MAX_SIZE, MAX_SIZES, MIN_SIZE } from './limits';

const whole = (min: number, max: number) => v.pipe(
  v.number('must be a number'),
  v.integer('must be a whole number'),
  v.minValue(min, `must be at least ${min}`),
  v.maxValue(max, `must be at most ${max}`),
);

const SIZES = v.pipe(
  v.array(whole(MIN_SIZE, MAX_SIZE), 'must be a list'),
  v.minLength(1, 'must name at least one size'),
  v.maxLength(MAX_SIZES, `must name at most ${MAX_SIZES} sizes`),
  v.check((sizes) => new Set(sizes).size === sizes.length, 'must name each size once'),
);

const REQUEST = v.strictObject({
  contentType: v.picklist(CONTENT_TYPES, `must be one of ${CONTENT_TYPES.join(', ')}`),
  bytes: whole(1, MAX_BYTES),
  sizes: v.optional(SIZES, [...DEFAULT_SIZES]),
});

/** An image that somebody is about to upload, and the longest sides of the thumbnails to be made of it, in pixels. */
export type ImageRequest = v.InferOutput<typeof REQUEST>;

/**
 * Reads the document that announces an image: `{ contentType, bytes, sizes? }` and nothing else.
 *
 * @throws Problem 422 with everything that is wrong in `errors`, each with its place (a JSON pointer)
 */
export function parseImageRequest(document: unknown): ImageRequest {
  const result = v.safeParse(REQUEST, document);
  if (!result.success) {
    throw new Problem({
      status: 422,
      detail: 'The request is not what it has to be.',
      extensions: {
        errors: result.issues.map(({ path = [], message }) => ({ pointer: ['#', ...path.map(({ key }) => String(key))].join('/'), detail: message })),
      },
    });
  }
  return result.output;
}

/** The input of a job cannot be read: a fault of ours, so the job is tried again and then set aside. */
export class DamagedJobError extends Error {
  public override readonly name = 'DamagedJobError';
}

/**
 * The sizes that a job was told.
 *
 * @throws DamagedJobError
 */
export function sizesOf(input: unknown): readonly number[] {
  const result = v.safeParse(v.object({ sizes: SIZES }), input);
  if (!result.success) {
    throw new DamagedJobError(v.summarize(result.issues));
  }
  return result.output.sizes;
}
