import type { HttpRouteIntegration, IHttpApi } from 'aws-cdk-lib/aws-apigatewayv2';

/** What an HTTP API can send requests to. */
export interface IHttpTarget {
  /** The way an HTTP API calls it. All routes of one API to it share the integration. */
  integrationFor(api: IHttpApi): HttpRouteIntegration;
}
