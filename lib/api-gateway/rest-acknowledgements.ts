import { AuthorizationType, type CfnStage, type IRestApi, type Method } from 'aws-cdk-lib/aws-apigateway';
import { acknowledge, acknowledgeCompliance, CompliancePack } from '../core/acknowledge';

/** What policy packs find on a stage that is right to stay. */
export function acknowledgeStage(stage: CfnStage, watched: boolean): void {
  if (!watched) {
    const reason = 'A web ACL costs from $5 a month and needs rules that fit the API, so it is a choice: webAclArn. Throttling, validation and authorizers guard without it.';
    acknowledge(stage, { id: 'AwsSolutions-APIG3', reason });
    acknowledgeCompliance(stage, 'APIGWAssociatedWithWAF', reason, [CompliancePack.NIST, CompliancePack.PCI]);
  }
  const logged = 'The access log of the stage has every request with its status, latencies and errors. Execution logs would go to a log group that API Gateway makes for itself, which keeps them for ever and outlives the stack.';
  acknowledge(stage, { id: 'AwsSolutions-APIG6', reason: logged });
  acknowledgeCompliance(stage, 'APIGWExecutionLoggingEnabled', logged);
  acknowledgeCompliance(stage, 'APIGWSSLEnabled',
    'A client certificate is shown to HTTP backends. Routes lead to Lambda and AWS services, which API Gateway calls over TLS with signed requests.');
  acknowledgeCompliance(stage, 'APIGWCacheEnabledAndEncrypted',
    'Routes are cached only where they ask for it, since a cached answer may be an old one or somebody else\'s; what is cached is encrypted.');
}

/** What policy packs find on the method of a route. */
export function acknowledgeMethod(method: Method, route: string, authorizationType: AuthorizationType): void {
  if (authorizationType === AuthorizationType.COGNITO) {
    return;
  }
  const open = authorizationType === AuthorizationType.NONE;
  const reason = open
    ? `'${route}' is public: it was routed without an authorizer.`
    : `'${route}' is guarded by ${authorizationType === AuthorizationType.IAM ? 'AWS credentials' : 'a function'}, as its authorizer says.`;
  acknowledge(method, ...open ? [{ id: 'AwsSolutions-APIG4', reason }] : [], { id: 'AwsSolutions-COG4', reason });
}

/** What policy packs find on an API that is made from a document. */
export function acknowledgeValidation(api: IRestApi): void {
  acknowledge(api,
    { id: 'AwsSolutions-APIG2', reason: 'The API is made from a document, which declares its validators itself (x-amazon-apigateway-request-validators).' },
    { id: 'CloudFormation-Validate::W3660', reason: 'The document holds the routes, the problem responses beside it hold what API Gateway answers by itself.' });
}
