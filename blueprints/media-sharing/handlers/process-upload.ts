import { CopyObjectCommand, GetObjectCommand } from '@aws-sdk/client-s3';
import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import {
  bucketName, lazily, type QueueConsumer, queueConsumer, type QueueConsumerOptions, queueUrl, retryPolicy, tableName,
  type UploadedObject, UploadStateError, UploadStates,
} from '../../../runtime';
import { MediaLibrary } from '../domain/media-library';
import { Publisher } from '../domain/publisher';
import { documentClient, s3Client, sqsClient } from './support/clients';
import { logger } from './support/logger';

interface ProcessUploadDependencies extends Omit<QueueConsumerOptions, 'handle'> {
  readonly publisher: Pick<Publisher, 'publish'>;
  readonly states: Pick<UploadStates, 'failed'>;
}

/** Uploads that have arrived: looks at each and publishes it. One that cannot be processed is FAILED after the last attempt. */
export function processUploadHandler({ publisher, states, ...consumer }: ProcessUploadDependencies): QueueConsumer {
  return queueConsumer({
    ...consumer,
    handle: async (body, { attributes }) => {
      const upload = JSON.parse(body) as UploadedObject;
      try {
        const outcome = await publisher.publish(upload);
        consumer.logger.info('upload processed', { id: upload.id, outcome });
      } catch (error) {
        if (Number(attributes.ApproximateReceiveCount) >= consumer.retry.maxAttempts) {
          // What is READY stays so: then only its subscribers were not told, which a redrive does.
          await states.failed(upload.id, 'it could not be processed').catch(unlessReady);
        }
        throw error;
      }
    },
  });
}

function unlessReady(error: unknown): void {
  if (!(error instanceof UploadStateError && error.status === 'READY')) {
    throw error;
  }
}

export const handler = lazily(() => {
  const s3 = s3Client();
  const sns = new SNSClient({});
  const documents = documentClient();
  const states = new UploadStates({ documents, tableName: tableName('UPLOADS') });
  const publisher = new Publisher({
    states,
    library: new MediaLibrary(documents, tableName('MEDIA')),
    read: async ({ bucket: Bucket, key: Key }) => {
      const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key }));
      return Body as unknown as AsyncIterable<Uint8Array>;
    },
    copy: async ({ bucket, key, contentType }, to) => {
      await s3.send(new CopyObjectCommand({
        Bucket: bucketName('PUBLISHED'),
        Key: to,
        CopySource: `${bucket}/${key.split('/').map(encodeURIComponent).join('/')}`,
        ContentType: contentType,
        // It never changes: its key is that of this one upload.
        CacheControl: 'private, max-age=31536000, immutable',
        MetadataDirective: 'REPLACE',
      }));
    },
    announce: async (media) => {
      await sns.send(new PublishCommand({
        TopicArn: process.env.READY_TOPIC_ARN,
        Message: JSON.stringify(media),
        MessageAttributes: { kind: { DataType: 'String', StringValue: media.kind } },
      }));
    },
  });
  return processUploadHandler({
    sqs: sqsClient(), queueUrl: queueUrl('PROCESSING'), retry: retryPolicy('PROCESSING'), publisher, states, logger,
  });
});
