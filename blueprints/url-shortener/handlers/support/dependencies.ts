import { Logger } from '@aws-lambda-powertools/logger';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SQSClient } from '@aws-sdk/client-sqs';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';

/** Writes JSON lines to standard output. */
export const logger = new Logger({ serviceName: 'url-shortener' });

/** The SDK waits without end unless told otherwise; a visitor does not, and neither does the function's timeout. */
const NETWORK = {
  maxAttempts: 3,
  requestHandler: { connectionTimeout: 1000, requestTimeout: 2000, throwOnRequestTimeout: true },
};

/** A client for tables. */
export const dynamoDbClient = () => new DynamoDBClient(NETWORK);

/** The same, in plain JavaScript values. */
export const documentClient = () => DynamoDBDocumentClient.from(dynamoDbClient());

/** A client for queues. */
export const sqsClient = () => new SQSClient(NETWORK);
