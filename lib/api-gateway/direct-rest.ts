import { AwsIntegration, type IntegrationConfig, type IntegrationResponse, type Method, type MethodResponse, PassthroughBehavior } from 'aws-cdk-lib/aws-apigateway';
import type { IGrantable } from 'aws-cdk-lib/aws-iam';
import { createCallerRole } from './direct-role';

/** A call that a REST API makes without code. */
export interface RestCall {
  /** The service as its endpoint is named: `sqs`. */
  readonly service: string;
  /** The action, or a path for services that are called by path. */
  readonly action?: string;
  readonly path?: string;
  /** Headers of the call, each a literal. */
  readonly headers: Record<string, string>;
  /** The template of the call's body. */
  readonly template: string;
  /** The template of the answer to a call that succeeded. */
  readonly answer: string;
  /** The status of an answer to a call that succeeded. */
  readonly status: string;
  /** Gives the role of the route the one permission it needs. */
  readonly grant: (grantee: IGrantable) => unknown;
}

/** A method of a REST API that calls a service itself, with a role that may do nothing else. */
export class DirectRestIntegration extends AwsIntegration {
  constructor(private readonly call: RestCall) {
    super({
      service: call.service,
      action: call.action,
      path: call.path,
      options: {
        passthroughBehavior: PassthroughBehavior.NEVER,
        requestParameters: Object.fromEntries(Object.entries(call.headers)
          .map(([name, value]) => [`integration.request.header.${name}`, `'${value}'`])),
        requestTemplates: { 'application/json': call.template },
        integrationResponses: responses(call),
      },
    });
  }

  /** The answers that the method has to declare. */
  public get methodResponses(): MethodResponse[] {
    const problem = (statusCode: string) => ({ statusCode, responseParameters: { 'method.response.header.Content-Type': true } });
    return [{ statusCode: this.call.status }, problem('400'), problem('502')];
  }

  public override bind(method: Method): IntegrationConfig {
    const config = super.bind(method);
    return { ...config, options: { ...config.options, credentialsRole: createCallerRole(method, this.call.grant) } };
  }
}

/** What the service refused is told as a problem, without the service's own words, which may name what is behind. */
function responses({ status, answer }: RestCall): IntegrationResponse[] {
  const problem = (statusCode: string, title: string, selectionPattern: string): IntegrationResponse => ({
    statusCode,
    selectionPattern,
    responseParameters: { 'method.response.header.Content-Type': "'application/problem+json'" },
    responseTemplates: { 'application/json': JSON.stringify({ type: 'about:blank', title, status: Number(statusCode) }) },
  });
  return [
    { statusCode: status, responseTemplates: { 'application/json': answer } },
    problem('400', 'Bad Request', '4\\d{2}'),
    problem('502', 'Bad Gateway', '5\\d{2}'),
  ];
}
