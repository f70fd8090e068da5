import type { Stack } from 'aws-cdk-lib';
import { Certificate } from 'aws-cdk-lib/aws-certificatemanager';
import { FunctionService, Handler, LoadBalancer, Scheme } from '../../../lib';
import { CERTIFICATE_ARN } from '../support/certificate';
import { CODE } from '../support/code';

/** An internet-facing load balancer whose every path is answered by a function. */
export function build(stack: Stack): void {
  const certificate = Certificate.fromCertificateArn(stack, 'Certificate', CERTIFICATE_ARN);
  const service = new FunctionService(stack, 'Service', { handler: Handler.fromCode(CODE) });
  new LoadBalancer(stack, 'Front', { scheme: Scheme.INTERNET_FACING, certificates: [certificate] }).defaultRoute(service);
}
