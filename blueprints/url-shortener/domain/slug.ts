import { randomInt } from 'node:crypto';

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const LENGTH = 10;

/**
 * A slug nobody can guess or count up to: 10 characters of base 62, 59.5 bits from a cryptographic source. A billion
 * links use one slug in 840 million, so a collision is rare enough to be handled by drawing again.
 *
 * @param random a whole number in [0, max), every one as likely
 */
export function newSlug(random: (max: number) => number = randomInt): string {
  return Array.from({ length: LENGTH }, () => ALPHABET.charAt(random(ALPHABET.length))).join('');
}

/** Whether a text has the shape of a slug; the store is not asked about anything else. */
export function isSlug(text: string | undefined): text is string {
  return text !== undefined && /^[0-9A-Za-z]{10}$/.test(text);
}
