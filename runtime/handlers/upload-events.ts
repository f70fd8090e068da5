import { Logger } from '@aws-lambda-powertools/logger';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { S3Client } from '@aws-sdk/client-s3';
import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import { SQSClient } from '@aws-sdk/client-sqs';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { bucketName, queueTarget, queueUrl, retryPolicy, tableName } from '../environment';
import { lazily } from '../lazily';
import { uploadEvents, type UploadedObject, UploadStates } from '../presigned-upload';
import { queueConsumer } from '../queue-consumer';
import { queueProducer } from '../queue-producer';

/** The queue or the topic that `handTo` has wired; undefined without one. */
function next(sqs: SQSClient): ((object: UploadedObject) => Promise<void>) | undefined {
  const { NEXT_QUEUE_URL, NEXT_TOPIC_ARN: TopicArn } = process.env;
  if (NEXT_QUEUE_URL) {
    const send = queueProducer({ sqs, target: queueTarget('NEXT') });
    return (object) => send([object]);
  }
  const sns = TopicArn ? new SNSClient({}) : undefined;
  return sns && (async (object) => void await sns.send(new PublishCommand({ TopicArn, Message: JSON.stringify(object) })));
}

export const handler = lazily(() => {
  const logger = new Logger();
  const sqs = new SQSClient({});
  return queueConsumer({
    sqs,
    queueUrl: queueUrl('EVENTS'),
    retry: retryPolicy('EVENTS'),
    handle: uploadEvents({
      states: new UploadStates({ documents: DynamoDBDocumentClient.from(new DynamoDBClient({})), tableName: tableName('UPLOADS') }),
      s3: new S3Client({}),
      bucketName: bucketName('UPLOADS'),
      handOver: next(sqs),
      logger,
    }),
    logger,
  });
});
