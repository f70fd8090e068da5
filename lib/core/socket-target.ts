import type { IWebSocketApi, WebSocketRouteIntegration } from 'aws-cdk-lib/aws-apigatewayv2';

/** What a WebSocket API can hand messages to. */
export interface ISocketTarget {
  /** The way a WebSocket API calls it. All routes of one API to it share the integration. */
  socketIntegrationFor(api: IWebSocketApi): WebSocketRouteIntegration;
}
