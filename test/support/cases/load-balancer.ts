import { Duration, SecretValue } from 'aws-cdk-lib';
import { Certificate } from 'aws-cdk-lib/aws-certificatemanager';
import { ApplicationProtocolVersion, Protocol } from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import { IpTarget } from 'aws-cdk-lib/aws-elasticloadbalancingv2-targets';
import type { Stack } from 'aws-cdk-lib';
import { Algorithm, Authentication, Layer4LoadBalancer, LoadBalancer, Scheme } from '../../../lib/load-balancer';
import { type Case, worker } from './case';

const certificate = (stack: Stack) =>
  Certificate.fromCertificateArn(stack, 'PlainCertificate', 'arn:aws:acm:eu-west-1:111122223333:certificate/00000000-0000-0000-0000-000000000000');

export const CASES: readonly Case[] = [
  { name: 'LoadBalancer, minimal', build: (stack) => { new LoadBalancer(stack, 'Front', { scheme: Scheme.INTERNAL }); } },
  {
    name: 'LoadBalancer, without certificates because asked for',
    build: (stack) => { new LoadBalancer(stack, 'Front', { scheme: Scheme.INTERNET_FACING, plaintext: true }).defaultRoute(worker(stack)); },
  },
  {
    name: 'LoadBalancer, maximal and routed',
    build: (stack) => {
      const front = new LoadBalancer(stack, 'Front', {
        scheme: Scheme.INTERNET_FACING,
        certificates: [certificate(stack)],
        domainName: 'shop.example.com',
        idleTimeout: Duration.minutes(10),
        connectionLogs: true,
        loadBalancerProps: { clientKeepAlive: Duration.minutes(30) },
      });
      const target = worker(stack);
      front.defaultRoute(target, { multiValueHeaders: true });
      front.route({ path: ['/admin/*'], host: ['shop.example.com'] }, target, {
        authentication: Authentication.oidc({
          issuer: 'https://id.example.com',
          authorizationEndpoint: 'https://id.example.com/authorize',
          tokenEndpoint: 'https://id.example.com/token',
          userInfoEndpoint: 'https://id.example.com/userinfo',
          clientId: 'shop',
          clientSecret: SecretValue.secretsManager('shop-client'),
        }),
      });
      front.route({ path: ['/orders.Orders/*'] }, new IpTarget('10.0.1.1', 50051), { protocolVersion: ApplicationProtocolVersion.GRPC, port: 50051 });
      front.weightedRoute({ path: ['/api/*'] }, [
        { target: new IpTarget('10.0.1.2', 8080), weight: 95 }, { target: new IpTarget('10.0.1.3', 8080), weight: 5 },
      ], { algorithm: Algorithm.LEAST_OUTSTANDING_REQUESTS, sticky: { duration: Duration.hours(1) }, port: 8080 });
    },
  },
  {
    name: 'Layer4LoadBalancer, minimal',
    build: (stack) => { new Layer4LoadBalancer(stack, 'Door', { scheme: Scheme.INTERNAL }); },
  },
  {
    name: 'Layer4LoadBalancer, maximal and listening',
    build: (stack) => {
      const door = new Layer4LoadBalancer(stack, 'Door', { scheme: Scheme.INTERNET_FACING, staticAddresses: true, crossZone: true });
      door.listen(443, new IpTarget('10.0.1.1', 8080), { certificates: [certificate(stack)], targetPort: 8080 });
      door.listen(1883, new IpTarget('10.0.1.1', 1883), { sticky: true, drain: Duration.minutes(5), terminateConnections: true });
      door.listen(5000, new IpTarget('10.0.1.1', 5000), { protocol: Protocol.UDP });
    },
  },
];
