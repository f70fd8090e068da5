import type { Integration } from 'aws-cdk-lib/aws-apigateway';

/** What a REST API can send requests to. */
export interface IRestTarget {
  /** The way a REST API calls it. */
  restIntegration(): Integration;
}
