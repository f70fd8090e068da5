import { ApiGatewayManagementApiClient } from '@aws-sdk/client-apigatewaymanagementapi';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { KinesisClient } from '@aws-sdk/client-kinesis';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { patience } from '../../../patience';

/** Up to five hundred events go in one call. */
const PATIENCE = patience(2500);

/** A client for tables, in plain JavaScript values. */
export const documentClient = () => DynamoDBDocumentClient.from(new DynamoDBClient(PATIENCE));

/** A client for streams, over HTTP/1.1 as the others: its own HTTP/2 is more than local stand-ins of Kinesis speak. */
export const kinesisClient = () => {
  const { requestHandler } = new DynamoDBClient(PATIENCE).config;
  return new KinesisClient({ ...PATIENCE, requestHandler });
};

/** A client that sends to open connections. */
export const connectionsClient = (endpoint: string) => new ApiGatewayManagementApiClient({ ...PATIENCE, endpoint });
