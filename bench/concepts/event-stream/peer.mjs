import { Runtime } from 'aws-cdk-lib/aws-lambda';
import { KinesisStreamsToLambda } from '@aws-solutions-constructs/aws-kinesisstreams-lambda';
import { CODE } from '../support/code';

/**
 * The pattern's minimal call. The same as ours: an encrypted stream, read by a function, with a queue for what fails. It
 * adds two alarms, which ours has under PRODUCTION only.
 */
export function build(stack) {
  new KinesisStreamsToLambda(stack, 'Pattern', {
    lambdaFunctionProps: { code: CODE, handler: 'index.handler', runtime: Runtime.NODEJS_24_X },
  });
}
