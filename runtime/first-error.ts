import { asError } from './errors';

/**
 * An error that came of handling an earlier one, with the earlier one as the last of its causes: nobody loses sight of what
 * went wrong first.
 */
export function withFirst(thrown: unknown, first: unknown): Error {
  const error = asError(thrown);
  const seen = new Set<unknown>();
  let last = error;
  while (last !== first && last.cause instanceof Error && !seen.has(last)) {
    seen.add(last);
    last = last.cause;
  }
  if (last === first || last.cause !== undefined) {
    return error;
  }
  if (!Object.isExtensible(last)) {
    return new Error(error.message, { cause: first });
  }
  last.cause = first;
  return error;
}
