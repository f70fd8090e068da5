import { randomUUID } from 'node:crypto';
import { PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import {
  acceptedAnswer, bucketName, httpHandler, type HttpHandler, Jobs, type JobSettings, jobSettings, lazily, readJson,
  type StructuredLogger,
} from '../../../runtime';
import { type ImageRequest, parseImageRequest } from '../domain/image-request';
import { documentClient } from './support/dynamodb';
import { logger } from './support/logger';
import { s3Client } from './support/s3';

const MAX_BODY_BYTES = 4096;
const UPLOAD_WITHIN_SECONDS = 15 * 60;

interface AnnounceImageDependencies {
  readonly jobs: Pick<Jobs, 'create'>;
  readonly settings: Pick<JobSettings, 'path' | 'pollSeconds'>;
  readonly s3: S3Client;
  readonly uploadsBucket: string;
  readonly logger: StructuredLogger;
  readonly newId?: () => string;
}

/** `POST /images`: a job, and the address to which its image is uploaded. */
export function announceImageHandler(dependencies: AnnounceImageDependencies): HttpHandler {
  const { jobs, settings, newId = randomUUID } = dependencies;
  return httpHandler(async (request) => {
    const image = parseImageRequest(readJson(request, { maxBytes: MAX_BODY_BYTES }));
    const job = await jobs.create(newId(), { input: { sizes: image.sizes } });
    return acceptedAnswer(job, settings, { upload: await uploadOf(job.id, image, dependencies) });
  }, dependencies);
}

/**
 * What is signed is what the upload must be: that type, that length, and the first of its key. S3 refuses any other. The
 * length is not among the headers that the client is told, since every client sets it by itself and browsers refuse to.
 */
async function uploadOf(id: string, { contentType, bytes }: ImageRequest, { s3, uploadsBucket }: AnnounceImageDependencies) {
  const put = new PutObjectCommand({ Bucket: uploadsBucket, Key: id, ContentType: contentType, ContentLength: bytes, IfNoneMatch: '*' });
  const signableHeaders = new Set(['host', 'content-type', 'content-length', 'if-none-match']);
  const url = await getSignedUrl(s3, put, { expiresIn: UPLOAD_WITHIN_SECONDS, signableHeaders });
  return { method: 'PUT', url, headers: { 'content-type': contentType, 'if-none-match': '*' } };
}

export const handler = lazily(() => {
  const settings = jobSettings('JOBS');
  return announceImageHandler({
    jobs: new Jobs({ documents: documentClient(), ...settings }), settings, s3: s3Client(), uploadsBucket: bucketName('UPLOADS'), logger,
  });
});
