import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SFN } from '@aws-sdk/client-sfn';
import { SQSClient } from '@aws-sdk/client-sqs';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';

/**
 * How long a call to AWS may take. The SDK waits without end unless told otherwise; a visitor does not.
 */
export const NETWORK = {
  maxAttempts: 3,
  requestHandler: { connectionTimeout: 500, requestTimeout: 1500, throwOnRequestTimeout: true },
};

/** A client for tables, in plain JavaScript values. */
export const documentClient = () => DynamoDBDocumentClient.from(new DynamoDBClient(NETWORK));
/** A client for queues. */
export const sqsClient = () => new SQSClient(NETWORK);
/** A client for workflows. */
export const workflowClient = () => new SFN(NETWORK);
