import * as v from 'valibot';
import { isSlug } from './slug';

// Unknown fields are dropped, not refused: a message may have been sent by the next version of this code.
const CLICK = v.object({
  id: v.pipe(v.string(), v.minLength(1), v.maxLength(256)),
  slug: v.custom<string>((slug) => typeof slug === 'string' && isSlug(slug)),
  at: v.pipe(v.string(), v.isoTimestamp()),
  expiresAt: v.exactOptional(v.pipe(v.number(), v.integer())),
});

/**
 * One visit to a link, as it travels through the queue: the id of the request that it was, the slug, when it was
 * (ISO 8601, UTC), and when the link expires (seconds since 1970).
 */
export type Click = v.InferOutput<typeof CLICK>;

/** A message that is no click. It is retried and then set aside like any other, so that somebody looks at it. */
export class MalformedClickError extends Error {
  public override readonly name = 'MalformedClickError';
}

/** @throws MalformedClickError */
export function parseClick(body: string): Click {
  const result = v.safeParse(CLICK, readJson(body));
  if (!result.success) {
    throw new MalformedClickError(v.summarize(result.issues));
  }
  return result.output;
}

function readJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    throw new MalformedClickError('the message is not JSON');
  }
}
