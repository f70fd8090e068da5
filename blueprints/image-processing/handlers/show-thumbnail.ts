import { GetObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { bucketName, httpHandler, type HttpHandler, isJobId, lazily, Problem, type StructuredLogger } from '../../../runtime';
import { hasThumbnail, thumbnailKey } from '../domain/image-bucket';
import { logger } from './support/logger';
import { s3Client } from './support/s3';

const READ_WITHIN_SECONDS = 5 * 60;

interface ShowThumbnailDependencies {
  readonly s3: S3Client;
  readonly thumbnailsBucket: string;
  readonly logger: StructuredLogger;
}

/** `GET /images/{id}/{size}`: leads to a thumbnail. The bytes come from S3, not through a function. */
export function showThumbnailHandler(dependencies: ShowThumbnailDependencies): HttpHandler {
  const { s3, thumbnailsBucket: Bucket } = dependencies;
  return httpHandler(async ({ pathParameters }) => {
    const { id, size = '' } = pathParameters ?? {};
    if (!isJobId(id) || !/^[1-9]\d{0,3}$/.test(size) || !await hasThumbnail(s3, Bucket, id, Number(size))) {
      throw new Problem({ status: 404, detail: 'There is no such thumbnail, or not yet.' });
    }
    const get = new GetObjectCommand({ Bucket, Key: thumbnailKey(id, Number(size)) });
    const location = await getSignedUrl(s3, get, { expiresIn: READ_WITHIN_SECONDS });
    return { statusCode: 307, headers: { location, 'cache-control': 'no-store' } };
  }, dependencies);
}

export const handler = lazily(() => showThumbnailHandler({ s3: s3Client(), thumbnailsBucket: bucketName('THUMBNAILS'), logger }));
