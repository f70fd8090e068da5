import { createHash } from 'node:crypto';
import { PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import type { DynamoDBRecord } from 'aws-lambda';
import type { StoredEvent } from './event-store/event';
import { storedEventOf } from './event-store/record';

/** An event has changed or gone, which nothing of this library does. It is told by a dead letter, and the copy stays. */
export class HistoryChangedError extends Error {
  public override readonly name = 'HistoryChangedError';
}

/** What the archive works with. */
export interface EventArchiveOptions {
  readonly s3: Pick<S3Client, 'send'>;
  readonly bucketName: string;
  readonly prefix: string;
}

/** What a key of S3 has room for beside the prefix and the version. */
const MOST_BYTES = 850;

/** The key of a copy. Names of streams are encoded as in a URL; one that is too long for a key is hashed. */
export function archiveKey(prefix: string, { stream, version }: Pick<StoredEvent, 'stream' | 'version'>): string {
  const encoded = encodeURIComponent(stream);
  const name = encoded.length <= MOST_BYTES ? encoded : `sha256-${createHash('sha256').update(stream).digest('hex')}`;
  // As many digits as a version can have: keys sort as versions do.
  return `${prefix}${name}/${String(version).padStart(16, '0')}.json`;
}

/** Copies one event, unless it is there already. */
export function archiveEvent({ s3, bucketName: Bucket, prefix }: EventArchiveOptions) {
  return async ({ eventName, dynamodb }: DynamoDBRecord): Promise<void> => {
    if (!(Number(dynamodb?.Keys?.version?.N) > 0)) {
      return;
    }
    const event = storedEventOf(dynamodb?.NewImage);
    if (eventName !== 'INSERT' || !event) {
      throw new HistoryChangedError(`version ${dynamodb!.Keys!.version!.N} of ${dynamodb!.Keys!.stream!.S}: ${eventName}`);
    }
    const { data, metadata, ...rest } = event;
    const parsed = (text?: string) => text === undefined ? undefined : JSON.parse(text) as unknown;
    const Body = JSON.stringify({ ...rest, data: parsed(data), metadata: parsed(metadata) });
    const Key = archiveKey(prefix, event);
    try {
      await s3.send(new PutObjectCommand({ Bucket, Key, Body, ContentType: 'application/json', IfNoneMatch: '*' }));
    } catch (error) {
      // It was delivered before.
      if ((error as Error).name !== 'PreconditionFailed') {
        throw error;
      }
    }
  };
}
