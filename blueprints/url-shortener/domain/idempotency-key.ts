import { Problem } from '../../../runtime';

/**
 * The key under which a client makes a request safe to repeat (`Idempotency-Key`): 1 to 255 visible ASCII characters.
 *
 * @throws Problem 400 when the header is there but is no such key
 */
export function idempotencyKey(header: string | undefined): string | undefined {
  if (header !== undefined && !/^[\x21-\x7e]{1,255}$/.test(header)) {
    throw new Problem({ status: 400, detail: 'Idempotency-Key must have 1 to 255 visible ASCII characters.' });
  }
  return header;
}
