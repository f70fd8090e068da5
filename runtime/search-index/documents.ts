import { type Version, versionText } from '../cache-strategy/version';
import { RejectedDocumentsError } from './errors';
import type { SearchField } from './settings';

/** What is found: the fields that are searched and filtered by, and whatever else is to be answered with it. */
export type SearchFields = Readonly<Record<string, unknown>>;

/** Something to be found. */
export interface SearchDocument {
  /** What it is known by, 1 to 512 bytes. */
  readonly id: string;
  /**
   * Grows with every change of the document, and goes on growing when it is made again after a deletion, as the time of the
   * change in microseconds does. An older version never takes the place of a newer one.
   */
  readonly version: Version;
  readonly fields: SearchFields;
}

/** Something that is not to be found any more. */
export interface SearchRemoval {
  readonly id: string;
  /** The version that was deleted, or a newer one. */
  readonly version: Version;
}

/** A document as it is to be from now on, or that it is gone. */
export type SearchChange = SearchDocument | SearchRemoval;

/** A change in the order that decides which of two of one document stays. */
export interface OrderedChange {
  readonly id: string;
  /** Of the same version the deletion is the later one: twice the version, and one more when it is deleted. */
  readonly order: bigint;
  /** Undefined when it is deleted. */
  readonly fields?: SearchFields;
}

/** Twice of it must fit into 63 bits. */
const HIGHEST_VERSION = 2n ** 62n - 1n;
const MOST_ID_BYTES = 512;

/**
 * The last change of each document, in the order of their ids, so that writers who meet at some of them wait for each other in
 * the same order.
 *
 * @throws RejectedDocumentsError with the others left out, when there are some that no index takes
 */
export function lastOfEach(
  changes: readonly SearchChange[], fields: readonly SearchField[],
): { readonly last: OrderedChange[]; readonly rejected: Map<string, string> } {
  const last = new Map<string, OrderedChange>();
  const rejected = new Map<string, string>();
  for (const change of changes) {
    const reason = wrongIn(change, fields);
    if (reason !== undefined) {
      rejected.set(change.id, reason);
      continue;
    }
    const ordered = orderedChange(change);
    if ((last.get(change.id)?.order ?? -1n) <= ordered.order) {
      last.set(change.id, ordered);
    }
  }
  return { last: [...last.values()].sort((a, b) => a.id < b.id ? -1 : 1), rejected };
}

/** Tells of documents that were rejected, once the others are written. */
export function throwIfRejected(rejected: ReadonlyMap<string, string>): void {
  if (rejected.size > 0) {
    throw new RejectedDocumentsError(rejected);
  }
}

function orderedChange(change: SearchChange): OrderedChange {
  const fields = 'fields' in change ? change.fields : undefined;
  return { id: change.id, order: BigInt(versionText(change.version)) * 2n + (fields ? 0n : 1n), fields };
}

function wrongIn(change: SearchChange, fields: readonly SearchField[]): string | undefined {
  const { id, version } = change;
  if (typeof id !== 'string' || id === '' || Buffer.byteLength(id) > MOST_ID_BYTES) {
    return `an id has 1 to ${MOST_ID_BYTES} bytes`;
  }
  try {
    if (BigInt(versionText(version)) > HIGHEST_VERSION) {
      return `its version ${version} is above ${HIGHEST_VERSION}`;
    }
  } catch (error) {
    return (error as Error).message;
  }
  return 'fields' in change ? fields.map((field) => wrongValue(field, change.fields[field.name])).find(Boolean) : undefined;
}

function wrongValue({ name, kind }: SearchField, value: unknown): string | undefined {
  if (value === undefined || value === null) {
    return undefined;
  }
  const kept = {
    text: () => typeof value === 'string',
    keyword: () => [value].flat().every((each) => typeof each === 'string'),
    number: () => Number.isFinite(value),
  }[kind]();
  return kept ? undefined : `its ${name} is ${JSON.stringify(value)}, which is no ${kind}`;
}
