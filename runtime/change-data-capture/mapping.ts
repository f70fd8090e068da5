import type { Version } from '../cache-strategy/version';
import type { SearchChange, SearchFields } from '../search-index/documents';

/** A document that is made of an item; its version comes from `versionOf`. */
export interface CapturedDocument {
  readonly id: string;
  readonly fields: SearchFields;
}

/** How items become documents. */
export interface CaptureMapping<Item> {
  /**
   * The document of an item; undefined when it is not to be found, for example a draft. It depends on nothing but the item, so
   * that capturing and reindexing end at the same.
   */
  readonly map: (item: Item) => CapturedDocument | undefined;
  /**
   * The version of an item, which grows with every change of it, and goes on growing when the item is made again after a
   * deletion.
   * @default - its attribute `version`
   */
  readonly versionOf?: (item: Item) => Version;
}

/** What takes changes: a `SearchIndex`, or anything else that keeps of two changes of one id the one with the newer version. */
export interface ChangeSink {
  /** @throws RejectedDocumentsError for changes that it cannot take, once the others are written */
  write(changes: readonly SearchChange[]): Promise<void>;

  /** Forgets deletions that are older than a change can come late. */
  sweep?(): Promise<void>;
}

/**
 * What a change of an item means for the documents.
 *
 * @param before the item as it was; undefined when it was not there
 * @param after the item as it is; undefined when it is gone
 */
export function changesOf<Item>(
  mapping: CaptureMapping<Item>, before: Item | undefined, after: Item | undefined,
): SearchChange[] {
  const former = before && mapping.map(before);
  const document = after && mapping.map(after);
  const version = () => versionOf(mapping, (after ?? before)!);
  return [
    ...former && former.id !== document?.id ? [{ id: former.id, version: version() }] : [],
    ...document ? [{ ...document, version: version() }] : [],
  ];
}

function versionOf<Item>({ versionOf: given }: CaptureMapping<Item>, item: Item): Version {
  const version = given ? given(item) : (item as { version?: Version }).version;
  if (version === undefined) {
    throw new TypeError('an item has no version: give items an attribute version that grows with every change, or say versionOf');
  }
  return version;
}
