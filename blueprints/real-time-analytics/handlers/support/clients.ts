import { ApiGatewayManagementApiClient } from '@aws-sdk/client-apigatewaymanagementapi';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { KinesisClient } from '@aws-sdk/client-kinesis';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';

/** How long a call to AWS may take: three tries of it fit into the ten seconds that a function has. */
const NETWORK = {
  maxAttempts: 3,
  requestHandler: { connectionTimeout: 500, requestTimeout: 2500, throwOnRequestTimeout: true },
};

/** A client for tables, in plain JavaScript values. */
export const documentClient = () => DynamoDBDocumentClient.from(new DynamoDBClient(NETWORK));

/** A client for streams, over HTTP/1.1 as the others: its own HTTP/2 is more than local stand-ins of Kinesis speak. */
export const kinesisClient = () => {
  const { requestHandler } = new DynamoDBClient(NETWORK).config;
  return new KinesisClient({ ...NETWORK, requestHandler });
};

/** A client that sends to open connections. */
export const connectionsClient = (endpoint: string) => new ApiGatewayManagementApiClient({ ...NETWORK, endpoint });
