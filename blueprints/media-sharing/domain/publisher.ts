import { createHash } from 'node:crypto';
import type { UploadedObject, UploadStates } from '../../../runtime';
import type { Media, MediaReady } from './media';
import { kindOf, looksLike, TELLING_BYTES } from './media-kind';
import type { MediaLibrary } from './media-library';

/** What a Publisher works with. */
export interface PublisherOptions {
  readonly states: Pick<UploadStates, 'find' | 'ready' | 'failed'>;
  readonly library: Pick<MediaLibrary, 'add' | 'announced'>;
  /** The bytes of an upload. */
  readonly read: (upload: UploadedObject) => Promise<AsyncIterable<Uint8Array>>;
  /** Copies an upload to where it is served from. */
  readonly copy: (upload: UploadedObject, key: string) => Promise<void>;
  readonly announce: (media: MediaReady) => Promise<void>;
  readonly now?: () => Date;
}

/** What became of an upload. */
export type Published = 'published' | 'published before' | 'refused';

/** Looks at what was uploaded, and publishes what is what it claims to be. Every step may come again after a crash. */
export class Publisher {
  constructor(private readonly options: PublisherOptions) {}

  public async publish(upload: UploadedObject): Promise<Published> {
    const { states, library, now = () => new Date() } = this.options;
    const known = await states.find(upload.id);
    if (known?.status !== 'UPLOADED' && known?.status !== 'FAILED' && known?.status !== 'READY') {
      throw new Error(`upload ${upload.id} is ${known?.status ?? 'unknown'}`);
    }
    const { start, sha256 } = await this.inspect(upload);
    const wrong = wrongWith(upload, start, sha256);
    if (wrong !== undefined) {
      await states.failed(upload.id, wrong);
      return 'refused';
    }
    const { id, contentType, size, name } = upload;
    const key = `media/${id}`;
    await this.options.copy(upload, key);
    const media: Media = {
      id, owner: upload.owner!, kind: kindOf(contentType), contentType, size, sha256, name, key, publishedAt: now().toISOString(),
    };
    const added = await library.add(media);
    const first = await states.ready(id);
    if (!added.announced) {
      const { owner, kind } = added;
      await this.options.announce({ id, owner, kind, contentType });
      await library.announced(id);
    }
    return first ? 'published' : 'published before';
  }

  /** Reads every byte once, keeping few of them. */
  private async inspect(upload: UploadedObject): Promise<{ readonly start: Uint8Array; readonly sha256: string }> {
    const hash = createHash('sha256');
    let start = Buffer.alloc(0);
    for await (const chunk of await this.options.read(upload)) {
      hash.update(chunk);
      start = start.length < TELLING_BYTES ? Buffer.concat([start, chunk.subarray(0, TELLING_BYTES)]) : start;
    }
    return { start: start.subarray(0, TELLING_BYTES), sha256: hash.digest('base64') };
  }
}

function wrongWith(upload: UploadedObject, start: Uint8Array, sha256: string): string | undefined {
  if (upload.sha256 !== undefined && upload.sha256 !== sha256) {
    return 'the bytes are not those that were announced: their SHA-256 is another one';
  }
  return looksLike(upload.contentType, start) ? undefined : `the bytes are not those of ${upload.contentType}`;
}
