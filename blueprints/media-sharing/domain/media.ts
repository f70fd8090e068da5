/** Something that is shared: its row. */
export interface Media {
  readonly id: string;
  readonly owner: string;
  /** `image` or `video`. */
  readonly kind: string;
  readonly contentType: string;
  /** In bytes. */
  readonly size: number;
  /** In Base64. */
  readonly sha256: string;
  readonly name?: string;
  /** Where its published copy is. */
  readonly key: string;
  /** In ISO 8601. */
  readonly publishedAt: string;
  /** Whether subscribers were told. */
  readonly announced?: boolean;
}

/** What subscribers are told. */
export type MediaReady = Pick<Media, 'id' | 'owner' | 'kind' | 'contentType'>;

/** Reads what a subscriber was told. @throws TypeError */
export function parseMediaReady(body: string): MediaReady {
  const { id, owner, kind, contentType } = JSON.parse(body) as Partial<MediaReady>;
  if (![id, owner, kind, contentType].every((field) => typeof field === 'string' && field !== '')) {
    throw new TypeError('a message without id, owner, kind and contentType');
  }
  return { id, owner, kind, contentType } as MediaReady;
}
