import { Duration, Size, type Stack } from 'aws-cdk-lib';
import { SecurityGroup } from 'aws-cdk-lib/aws-ec2';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import {
  Cache, CacheAuthentication, CacheCapacity, CacheEngine, CacheEviction, type CacheProps, CacheUse,
} from '../../../lib/cache';
import { Access, TrafficEstimate } from '../../../lib/core';
import { FunctionService } from '../../../lib/function-service';
import { Network } from '../../../lib/network';
import { HANDLER } from '../stacks';
import type { Case } from './case';

const used = (name: string, access: Access, props: (stack: Stack) => CacheProps = () => ({})): Case => ({
  name: `Cache, ${name}`,
  build: (stack) => {
    const worker = new FunctionService(stack, 'Worker', { handler: HANDLER, network: Network.of(stack) });
    worker.use(new Cache(stack, 'Cache', props(stack)), access);
  },
});

export const CASES: readonly Case[] = [
  { name: 'Cache, minimal', build: (stack) => { new Cache(stack, 'Cache'); } },
  { name: 'Cache, nodes, minimal', build: (stack) => { new Cache(stack, 'Cache', { capacity: CacheCapacity.nodes() }); } },
  used('maximal, serverless and read', Access.READ, (stack) => ({
    engineVersion: '7.2',
    capacity: CacheCapacity.serverless({ maxStorage: Size.gibibytes(10), maxRequestUnits: 10_000 }),
    snapshotRetention: Duration.days(1),
    encryptionKey: new Key(stack, 'PlainKey', { enableKeyRotation: true }),
    traffic: new TrafficEstimate({ requestsPerSecond: 100 }),
    items: 1000,
    disposable: true,
  })),
  used('maximal, Redis OSS on nodes and written', Access.WRITE, (stack) => ({
    engine: CacheEngine.REDIS,
    capacity: CacheCapacity.nodes({ shards: 3, replicas: 1 }),
    authentication: CacheAuthentication.PASSWORD,
    eviction: CacheEviction.ALLKEYS_LFU,
    reservedMemoryPercent: 30,
    snapshotRetention: Duration.days(5),
    logs: true,
    encryptionKey: new Key(stack, 'PlainKey', { enableKeyRotation: true }),
    disposable: true,
  })),
  used('a port of its own', Access.READ_WRITE, () => ({
    engine: CacheEngine.REDIS, capacity: CacheCapacity.nodes({ replicas: 0 }), port: 7000, snapshotRetention: Duration.days(20),
  })),
  used('Memcached', Access.READ_WRITE, () => ({ engine: CacheEngine.MEMCACHED })),
  used('a broker', Access.READ_WRITE, () => ({ use: CacheUse.BROKER, disposable: true })),
  {
    name: 'Cache, adopted',
    build: (stack) => {
      const securityGroup = SecurityGroup.fromSecurityGroupId(stack, 'PlainGroup', 'sg-0123456789abcdef0');
      const arn = 'arn:aws:elasticache:eu-west-1:111122223333';
      const cache = new Cache(stack, 'Cache', {
        cache: { endpoint: 'cache.example.com', securityGroup, cacheArn: `${arn}:replicationgroup:sessions`, userArn: `${arn}:user:web` },
      });
      new FunctionService(stack, 'Worker', { handler: HANDLER, network: Network.of(stack) }).use(cache, Access.READ);
      cache.grantConnect(new Role(stack, 'PlainRole', { assumedBy: new ServicePrincipal('ecs-tasks.amazonaws.com') }));
    },
  },
];
