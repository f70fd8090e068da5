import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { Logger } from '@aws-lambda-powertools/logger';
import type { APIGatewayProxyResultV2, APIGatewayProxyWebsocketEventV2WithRequestContext, APIGatewayEventWebsocketRequestContextV2 } from 'aws-lambda';
import { tableName } from '../environment';
import { lazily } from '../lazily';
import { Connections } from '../web-socket';

/** A client that connects or has gone. The parameters of the address come with the first only. */
export type ConnectionEvent = APIGatewayProxyWebsocketEventV2WithRequestContext<
  APIGatewayEventWebsocketRequestContextV2 & { readonly authorizer?: Readonly<Record<string, unknown>> | null }
> & { readonly queryStringParameters?: Readonly<Record<string, string | undefined>> | null };

/** The group of a client that names none. */
const EVERYBODY = 'all';

/**
 * `$connect` and `$disconnect`: keeps the table of connections. The group is what the authorizer says; without an authorizer
 * it is what the client asks for.
 */
export function connectionsHandler(connections: Pick<Connections, 'remember' | 'forget'>, timeToLiveSeconds: number) {
  return async ({ requestContext, queryStringParameters }: ConnectionEvent): Promise<APIGatewayProxyResultV2> => {
    const { connectionId, eventType, authorizer } = requestContext;
    if (eventType === 'CONNECT') {
      const group = authorizer ? authorizer.group : queryStringParameters?.group;
      await connections.remember(connectionId, typeof group === 'string' && group !== '' ? group.slice(0, 1024) : EVERYBODY, timeToLiveSeconds);
    } else {
      await connections.forget(connectionId);
    }
    return { statusCode: 200 };
  };
}

export const handler = lazily(() => connectionsHandler(new Connections({
  client: DynamoDBDocumentClient.from(new DynamoDBClient({})),
  tableName: tableName('CONNECTIONS'),
  logger: new Logger(),
}), Number(process.env.CONNECTION_TTL_SECONDS)));
