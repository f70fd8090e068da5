import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { S3Client } from '@aws-sdk/client-s3';
import { SQSClient } from '@aws-sdk/client-sqs';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { patience } from '../../../patience';

/** A client for tables, in plain JavaScript values. */
export const documentClient = () => DynamoDBDocumentClient.from(new DynamoDBClient(patience()));

/** A client for queues. */
export const sqsClient = () => new SQSClient(patience());

/** A client for objects. What it reads and copies may take as long as the function has. */
export const s3Client = () => new S3Client({});
