import type { S3Client } from '@aws-sdk/client-s3';
import {
  bucketName, JobRefusedError, type JobRun, Jobs, jobSettings, lazily, type QueueConsumer, queueConsumer,
  type QueueConsumerOptions, queueUrl, retryPolicy,
} from '../../../runtime';
import { readOriginal, thumbnailPath, writeThumbnail } from '../domain/image-bucket';
import { sizesOf } from '../domain/image-request';
import { MAX_BYTES } from '../domain/limits';
import { thumbnailsOf } from '../domain/thumbnails';
import { parseUpload, type Upload } from '../domain/upload';
import { documentClient } from './support/dynamodb';
import { logger } from './support/logger';
import { s3Client } from './support/s3';
import { sqsClient } from './support/sqs';

interface ProcessImageDependencies extends Omit<QueueConsumerOptions, 'handle'> {
  readonly jobs: Pick<Jobs, 'run'>;
  readonly s3: Pick<S3Client, 'send'>;
  readonly uploadsBucket: string;
  readonly thumbnailsBucket: string;
}

/** The uploads in the queue: makes the thumbnails of each, and says so. */
export function processImageHandler(dependencies: ProcessImageDependencies): QueueConsumer {
  const { jobs, s3, uploadsBucket, thumbnailsBucket, ...consumer } = dependencies;
  const process = async ({ jobId, size }: Upload, { job }: JobRun) => {
    if (size > MAX_BYTES) {
      throw new JobRefusedError('too-large', `The upload has ${size} bytes; at most ${MAX_BYTES} are taken.`);
    }
    const sizes = sizesOf(job.input);
    const { thumbnails, ...image } = await thumbnailsOf(await readOriginal(s3, uploadsBucket, jobId), sizes);
    await Promise.all(thumbnails.map((thumbnail) => writeThumbnail(s3, thumbnailsBucket, jobId, thumbnail)));
    const shown = thumbnails.map(({ bytes, ...thumbnail }) =>
      ({ ...thumbnail, bytes: bytes.length, path: thumbnailPath(jobId, thumbnail.size) }));
    return { ...image, thumbnails: shown };
  };
  return queueConsumer({
    ...consumer,
    handle: async (body, message) => {
      const startedAt = Date.now();
      const upload = parseUpload(body);
      const lastAttempt = Number(message.attributes.ApproximateReceiveCount) >= consumer.retry.maxAttempts;
      const outcome = await jobs.run(upload.jobId, (run) => process(upload, run), { lastAttempt });
      consumer.logger.info('image processed', { jobId: upload.jobId, outcome, startedAt, endedAt: Date.now() });
    },
  });
}

export const handler = lazily(() => processImageHandler({
  sqs: sqsClient(),
  queueUrl: queueUrl('WORK'),
  retry: retryPolicy('WORK'),
  jobs: new Jobs({ documents: documentClient(), ...jobSettings('JOBS') }),
  s3: s3Client(),
  uploadsBucket: bucketName('UPLOADS'),
  thumbnailsBucket: bucketName('THUMBNAILS'),
  logger,
}));
