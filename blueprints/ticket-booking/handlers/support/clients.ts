import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SFN } from '@aws-sdk/client-sfn';
import { SQSClient } from '@aws-sdk/client-sqs';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { patience } from '../../../patience';

/** A client for tables, in plain JavaScript values. */
export const documentClient = () => DynamoDBDocumentClient.from(new DynamoDBClient(patience()));
/** A client for queues. */
export const sqsClient = () => new SQSClient(patience());
/** A client for workflows. */
export const workflowClient = () => new SFN(patience());
