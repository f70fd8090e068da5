import { GetObjectCommand, HeadObjectCommand, NotFound, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import type { Thumbnail } from './thumbnails';

/** The path of a thumbnail in the API. */
export const thumbnailPath = (jobId: string, size: number) => `/images/${jobId}/${size}`;

/** The key of a thumbnail: the same for the same job and size, so that doing it twice changes nothing. */
export const thumbnailKey = (jobId: string, size: number) => `${jobId}/${size}.webp`;

/** The bytes of an original. */
export async function readOriginal(s3: Pick<S3Client, 'send'>, bucket: string, jobId: string): Promise<Buffer> {
  const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: jobId }));
  return Buffer.from(await Body!.transformToByteArray());
}

/** Keeps a thumbnail. */
export async function writeThumbnail(s3: Pick<S3Client, 'send'>, bucket: string, jobId: string, { size, bytes }: Thumbnail): Promise<void> {
  await s3.send(new PutObjectCommand({
    Bucket: bucket, Key: thumbnailKey(jobId, size), Body: bytes, ContentType: 'image/webp', CacheControl: 'private, max-age=31536000, immutable',
  }));
}

/** Whether there is a thumbnail. */
export async function hasThumbnail(s3: Pick<S3Client, 'send'>, bucket: string, jobId: string, size: number): Promise<boolean> {
  try {
    await s3.send(new HeadObjectCommand({ Bucket: bucket, Key: thumbnailKey(jobId, size) }));
    return true;
  } catch (error) {
    if (error instanceof NotFound) {
      return false;
    }
    throw error;
  }
}
