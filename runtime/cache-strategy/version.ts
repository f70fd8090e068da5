/** A version as values carry it: whole, from 0, growing with every change of the same key. */
export type Version = string | number | bigint;

/**
 * A version as the cache keeps it: digits without leading zeros, so that the longer one is the newer, and of two of the same
 * length the one that sorts later. A number of Lua would lose the last digits of the sequence numbers of SQS.
 *
 * @throws TypeError when it is not a whole number from 0
 */
export function versionText(version: Version): string {
  const text = String(version);
  if (!/^\d+$/.test(text) || typeof version === 'number' && !Number.isSafeInteger(version)) {
    throw new TypeError(`a version is '${text}', not a whole number from 0`);
  }
  return text.replace(/^0+(?=\d)/, '');
}

/** A version as text of twenty digits or more, which DynamoDB compares as it would the numbers. */
export const paddedVersion = (version: Version): string => versionText(version).padStart(20, '0');
