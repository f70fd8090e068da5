/** The media that is taken, and how much of it. */
export const MEDIA_TYPES = ['image/png', 'image/jpeg', 'image/webp'];
export const MEDIA_BYTES = 5 * 1024 * 1024;

/** A file that a user has uploaded. */
export interface Medium {
  readonly type: string;
  readonly bytes: Uint8Array;
}

/** What users upload, each user's files apart. A file is found as a whole or not at all, by any node. */
export interface MediaStore {
  /** @returns the id under which it is found again: a UUID */
  keep(user: string, medium: Medium): Promise<string>;
  /** @returns undefined when the user has no such file */
  find(user: string, id: string): Promise<Medium | undefined>;
  /** Removes a file; nothing happens when the user has no such file. */
  remove(user: string, id: string): Promise<void>;
}
