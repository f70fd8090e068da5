import { Runtime } from 'aws-cdk-lib/aws-lambda';
import { ApiGatewayToLambda } from '@aws-solutions-constructs/aws-apigateway-lambda';
import { CODE } from '../support/code';

/**
 * The pattern's minimal call. It makes a REST API and authorizes by IAM, where ours is an HTTP API open to everybody. The
 * same as ours: one API, every path answered by a function, every access logged.
 */
export function build(stack) {
  new ApiGatewayToLambda(stack, 'Pattern', {
    lambdaFunctionProps: { code: CODE, handler: 'index.handler', runtime: Runtime.NODEJS_24_X },
  });
}
