import {
  HttpConnectionType, type HttpIntegrationSubtype, HttpIntegrationType, HttpRouteIntegration,
  type HttpRouteIntegrationBindOptions, type HttpRouteIntegrationConfig, IntegrationCredentials, ParameterMapping,
  PayloadFormatVersion,
} from 'aws-cdk-lib/aws-apigatewayv2';
import type { IGrantable } from 'aws-cdk-lib/aws-iam';
import { createCallerRole } from './direct-role';

/** A call that an HTTP API makes without code. */
export interface HttpCall {
  readonly subtype: HttpIntegrationSubtype;
  /** The parameters of the call: literals and expressions such as `$request.body`. */
  readonly parameters: Record<string, string | undefined>;
  /** Gives the role of the route the one permission it needs. */
  readonly grant: (grantee: IGrantable) => unknown;
}

/** A route of an HTTP API that calls a service itself, with a role that may do nothing else. */
export class DirectHttpIntegration extends HttpRouteIntegration {
  constructor(id: string, private readonly call: HttpCall) {
    super(id);
  }

  public override bind({ scope }: HttpRouteIntegrationBindOptions): HttpRouteIntegrationConfig {
    const mapping = new ParameterMapping();
    for (const [name, value] of Object.entries(this.call.parameters)) {
      if (value !== undefined) {
        mapping.custom(name, value);
      }
    }
    return {
      type: HttpIntegrationType.AWS_PROXY,
      subtype: this.call.subtype,
      connectionType: HttpConnectionType.INTERNET,
      payloadFormatVersion: PayloadFormatVersion.VERSION_1_0,
      parameterMapping: mapping,
      credentials: IntegrationCredentials.fromRole(createCallerRole(scope, this.call.grant)),
    };
  }
}
