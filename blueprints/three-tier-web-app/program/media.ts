import { randomUUID } from 'node:crypto';
import { DeleteObjectCommand, GetObjectCommand, NoSuchKey, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';

/** The media that is taken, and how much of it. */
export const MEDIA_TYPES = ['image/png', 'image/jpeg', 'image/webp'];
export const MEDIA_BYTES = 5 * 1024 * 1024;

/** A file that a user has uploaded. */
export interface Medium {
  readonly type: string;
  readonly bytes: Uint8Array;
}

/** What users upload, in a bucket, each user's files apart. */
export class Media {
  constructor(private readonly s3: Pick<S3Client, 'send'>, private readonly bucket: string) {}

  /** @returns the id under which it is found again */
  public async keep(user: string, { type, bytes }: Medium): Promise<string> {
    const id = randomUUID();
    await this.s3.send(new PutObjectCommand({ Bucket: this.bucket, Key: `${user}/${id}`, Body: bytes, ContentType: type }));
    return id;
  }

  /** @returns undefined when the user has no such file */
  public async find(user: string, id: string): Promise<Medium | undefined> {
    try {
      const { Body, ContentType } = await this.s3.send(new GetObjectCommand({ Bucket: this.bucket, Key: `${user}/${id}` }));
      return { type: ContentType!, bytes: await Body!.transformToByteArray() };
    } catch (error) {
      if (error instanceof NoSuchKey) {
        return undefined;
      }
      throw error;
    }
  }

  public async remove(user: string, id: string): Promise<void> {
    await this.s3.send(new DeleteObjectCommand({ Bucket: this.bucket, Key: `${user}/${id}` }));
  }
}
