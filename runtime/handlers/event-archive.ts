import { Logger } from '@aws-lambda-powertools/logger';
import { S3Client } from '@aws-sdk/client-s3';
import { changeConsumer } from '../change-consumer';
import { bucketName } from '../environment';
import { archiveEvent } from '../event-archive';
import { lazily } from '../lazily';

export const handler = lazily(() => changeConsumer({
  handle: archiveEvent({ s3: new S3Client({}), bucketName: bucketName('ARCHIVE'), prefix: process.env.ARCHIVE_PREFIX ?? '' }),
  logger: new Logger(),
}));
