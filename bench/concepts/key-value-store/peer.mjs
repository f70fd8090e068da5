import { Runtime } from 'aws-cdk-lib/aws-lambda';
import { LambdaToDynamoDB } from '@aws-solutions-constructs/aws-lambda-dynamodb';
import { CODE } from '../support/code';

/** The pattern's minimal call. The same as ours: a table by one text key, on demand, and a function that reads and writes it. */
export function build(stack) {
  new LambdaToDynamoDB(stack, 'Pattern', {
    lambdaFunctionProps: { code: CODE, handler: 'index.handler', runtime: Runtime.NODEJS_24_X },
  });
}
