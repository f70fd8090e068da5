import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { PATIENCE } from './patience';

/** A client for tables, in plain JavaScript values. */
export const documentClient = () => DynamoDBDocumentClient.from(new DynamoDBClient(PATIENCE));
