import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { S3Client } from '@aws-sdk/client-s3';
import { SQSClient } from '@aws-sdk/client-sqs';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';

/** How long a call may take: the SDK waits without end unless told otherwise. */
const NETWORK = { maxAttempts: 3, requestHandler: { connectionTimeout: 500, requestTimeout: 1500, throwOnRequestTimeout: true } };

/** A client for tables, in plain JavaScript values. */
export const documentClient = () => DynamoDBDocumentClient.from(new DynamoDBClient(NETWORK));

/** A client for queues. */
export const sqsClient = () => new SQSClient(NETWORK);

/** A client for objects. What it reads and copies may take as long as the function has. */
export const s3Client = () => new S3Client({});
