import { Runtime } from 'aws-cdk-lib/aws-lambda';
import { LambdaToElasticachememcached } from '@aws-solutions-constructs/aws-lambda-elasticachememcached';
import { CODE } from '../support/code';

/**
 * The pattern's minimal call. The same as ours: a VPC of its own, a cache in it, and a function that reaches it. It is
 * Memcached on a node, where ours is serverless Valkey, in three zones where ours takes two.
 */
export function build(stack) {
  new LambdaToElasticachememcached(stack, 'Pattern', {
    lambdaFunctionProps: { code: CODE, handler: 'index.handler', runtime: Runtime.NODEJS_24_X },
  });
}
