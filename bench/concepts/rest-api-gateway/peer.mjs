import { Runtime } from 'aws-cdk-lib/aws-lambda';
import { ApiGatewayToLambda } from '@aws-solutions-constructs/aws-apigateway-lambda';
import { CODE } from '../support/code';

/**
 * The pattern's minimal call. The same as ours: a REST API whose every path is answered by a function, traces, and every
 * access logged. It authorizes by IAM, adds a usage plan and allows the whole account's REST APIs to write logs, which ours
 * does on request only; ours validates requests and answers errors as problem+json.
 */
export function build(stack) {
  new ApiGatewayToLambda(stack, 'Pattern', {
    lambdaFunctionProps: { code: CODE, handler: 'index.handler', runtime: Runtime.NODEJS_24_X },
  });
}
