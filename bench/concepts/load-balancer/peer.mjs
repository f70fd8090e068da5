import { Certificate } from 'aws-cdk-lib/aws-certificatemanager';
import { Runtime } from 'aws-cdk-lib/aws-lambda';
import { AlbToLambda } from '@aws-solutions-constructs/aws-alb-lambda';
import { CERTIFICATE_ARN } from '../support/certificate';
import { CODE } from '../support/code';

/**
 * The pattern's minimal call. The same as ours: a VPC of its own, an internet-facing load balancer with a certificate that
 * redirects plain HTTP, and a function that answers. It takes three zones where ours takes two, and adds access logs, which
 * ours has under PRODUCTION only.
 */
export function build(stack) {
  const certificate = Certificate.fromCertificateArn(stack, 'Certificate', CERTIFICATE_ARN);
  new AlbToLambda(stack, 'Pattern', {
    lambdaFunctionProps: { code: CODE, handler: 'index.handler', runtime: Runtime.NODEJS_24_X },
    listenerProps: { certificates: [certificate] },
    publicApi: true,
  });
}
