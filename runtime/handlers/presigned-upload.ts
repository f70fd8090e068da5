import { Logger } from '@aws-lambda-powertools/logger';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { type PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { bucketName, tableName } from '../environment';
import { lazily } from '../lazily';
import { UploadStates, Uploads, uploadsHandler, uploadSettings } from '../presigned-upload';

export const handler = lazily(() => {
  // Otherwise the SDK signs the checksum of a body that it does not have.
  const s3 = new S3Client({ requestChecksumCalculation: 'WHEN_REQUIRED' });
  const documents = DynamoDBDocumentClient.from(new DynamoDBClient({}));
  const settings = uploadSettings();
  const uploads = new Uploads({
    states: new UploadStates({ documents, tableName: tableName('UPLOADS') }),
    s3,
    // The types of the signer take one kind of command at a time.
    sign: (command, expiresIn, headers) =>
      getSignedUrl(s3, command as PutObjectCommand, { expiresIn, signableHeaders: headers, unhoistableHeaders: headers }),
    bucketName: bucketName('UPLOADS'),
    settings,
  });
  return uploadsHandler({ uploads, settings, logger: new Logger() });
});
