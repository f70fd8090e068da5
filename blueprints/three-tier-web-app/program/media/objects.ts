import { randomUUID } from 'node:crypto';
import { DeleteObjectCommand, GetObjectCommand, NoSuchKey, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import type { MediaStore, Medium } from './store';

/** Media in a bucket. */
export class MediaObjects implements MediaStore {
  constructor(private readonly s3: Pick<S3Client, 'send'>, private readonly bucket: string) {}

  public async keep(user: string, { type, bytes }: Medium): Promise<string> {
    const id = randomUUID();
    await this.s3.send(new PutObjectCommand({ Bucket: this.bucket, Key: `${user}/${id}`, Body: bytes, ContentType: type }));
    return id;
  }

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
