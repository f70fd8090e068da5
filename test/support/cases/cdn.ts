import { Duration, Stack } from 'aws-cdk-lib';
import { HostedZone } from 'aws-cdk-lib/aws-route53';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { Cdn, CdnOrigin } from '../../../lib/cdn';
import { Access } from '../../../lib/core';
import { LoadBalancer, Scheme } from '../../../lib/load-balancer';
import { Network } from '../../../lib/network';
import { ObjectStore } from '../../../lib/object-store';
import { type Case, worker } from './case';

/** Made for these tests: nobody has its private half. */
export const PUBLIC_KEY = `-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE4xfUuQa6KyIyOqZFOAzfQSh9ANfv
J3jC2LWLkU8AQeUEOQrFBSyJP5ej+5xJmuBq7af+L4J2qJkcRUcQNSpZGA==
-----END PUBLIC KEY-----
`;

export const CASES: readonly Case[] = [
  { name: 'Cdn, minimal', build: (stack) => { new Cdn(stack, 'Cdn', { origin: new ObjectStore(stack, 'Site') }); } },
  { name: 'Cdn, over a server', build: (stack) => { new Cdn(stack, 'Cdn', { origin: CdnOrigin.http('www.example.com') }); } },
  {
    name: 'Cdn, over a load balancer inside a network',
    build: (stack) => {
      const network = new Network(stack, 'PlainNetwork', { publicTier: true });
      new Cdn(stack, 'Cdn', { origin: new LoadBalancer(stack, 'PlainBalancer', { scheme: Scheme.INTERNAL, network }) });
    },
  },
  {
    name: 'Cdn, maximal and used',
    build: (stack) => {
      const api = CdnOrigin.http('api.example.com');
      const cdn = new Cdn(stack, 'Cdn', {
        origin: new ObjectStore(stack, 'Site'),
        failoverOrigin: CdnOrigin.http('backup.example.com'),
        paths: {
          '/api/*': { origin: api },
          '/feed/*': { origin: api, cache: { ttl: Duration.minutes(1), varyByHeaders: ['Accept-Language'] } },
        },
        immutableAssets: ['/assets/*'],
        singlePageApp: true,
        securityHeaders: { contentSecurityPolicy: "default-src 'self'" },
        signedUrls: { publicKeys: [PUBLIC_KEY], paths: ['/downloads/*'] },
        countries: { deny: ['KP'] },
        domainNames: ['www.example.com'],
        hostedZone: HostedZone.fromHostedZoneAttributes(stack, 'PlainZone', { hostedZoneId: 'Z1', zoneName: 'example.com' }),
        webAcl: 'arn:aws:wafv2:us-east-1:111122223333:global/webacl/mine/1',
        distributionProps: { comment: 'front door' },
      });
      cdn.invalidateOn('Deployed', { source: ['deployment'] });
      worker(stack).use(cdn, Access.READ_WRITE);
    },
  },
  {
    name: 'Cdn, in us-east-1 with all that is only there',
    build: (stack) => {
      const there = new Stack(stack, 'There', { env: { account: stack.account, region: 'us-east-1' } });
      new Cdn(there, 'Cdn', {
        origin: new ObjectStore(there, 'Site'),
        protection: { blockedIps: ['192.0.2.0/24'] },
        accessLog: Bucket.fromBucketName(there, 'PlainLogs', 'logs'),
      });
      new Cdn(stack, 'Cdn', { origin: new ObjectStore(stack, 'Site') });
    },
  },
];
