import { type Stack, Validations } from 'aws-cdk-lib';
import { Certificate } from 'aws-cdk-lib/aws-certificatemanager';
import { ApplicationLoadBalancer, ApplicationProtocol, ListenerAction, SslPolicy } from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import { LambdaTarget } from 'aws-cdk-lib/aws-elasticloadbalancingv2-targets';
import { CERTIFICATE_ARN } from '../support/certificate';
import { network } from '../support/network';
import { secureFunction } from '../support/secure-function';

/**
 * The same as ours: an internet-facing load balancer in the public subnets of a network of its own, TLS 1.2 or 1.3 with the given
 * certificate, plain HTTP redirected, malformed requests dropped; a function that answers every path.
 */
export function build(stack: Stack): void {
  const loadBalancer = new ApplicationLoadBalancer(stack, 'LoadBalancer', {
    vpc: network(stack, true),
    vpcSubnets: { subnetGroupName: 'Public' },
    internetFacing: true,
    dropInvalidHeaderFields: true,
  });
  loadBalancer.addListener('Https', {
    protocol: ApplicationProtocol.HTTPS,
    certificates: [Certificate.fromCertificateArn(stack, 'Certificate', CERTIFICATE_ARN)],
    sslPolicy: SslPolicy.RECOMMENDED_TLS,
    open: true,
  }).addTargets('Service', { targets: [new LambdaTarget(secureFunction(stack))] });
  loadBalancer.addListener('Http', {
    protocol: ApplicationProtocol.HTTP,
    defaultAction: ListenerAction.redirect({ protocol: 'HTTPS', port: '443', permanent: true }),
    open: true,
  });
  Validations.of(loadBalancer).acknowledge(
    { id: 'AwsSolutions-ELB2', reason: 'A sandbox, whose access nobody reviews.' },
    { id: 'AwsSolutions-EC23', reason: 'The load balancer faces the internet on 80 and 443.' },
  );
}
