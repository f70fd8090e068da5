import { Runtime } from 'aws-cdk-lib/aws-lambda';
import { SqsToLambda } from '@aws-solutions-constructs/aws-sqs-lambda';
import { CODE } from '../support/code';

/**
 * The pattern's minimal call. The same as ours: a queue encrypted at rest and in transit, with dead letters, worked by a
 * function.
 */
export function build(stack) {
  new SqsToLambda(stack, 'Pattern', {
    lambdaFunctionProps: { code: CODE, handler: 'index.handler', runtime: Runtime.NODEJS_24_X },
  });
}
