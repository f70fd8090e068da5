import { Duration, Size } from 'aws-cdk-lib';
import { SecurityGroup } from 'aws-cdk-lib/aws-ec2';
import { Key } from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';
import * as fc from 'fast-check';
import {
  Cache, CacheAuthentication, CacheCapacity, CacheEngine, CacheEviction, type CacheProps, CacheUse,
} from '../../../lib/cache';
import { TrafficEstimate } from '../../../lib/core';
import { flag, NOT_DURATION, NOT_FLAG, NOT_NUMBER, NOT_OBJECT, NOT_TEXT, optional, type Subject } from '../subject';

const days = fc.integer({ min: 0, max: 35 }).map((amount) => Duration.days(amount));
const replicas = fc.integer({ min: 0, max: 5 });
const nodeType = fc.constantFrom('cache.t4g.micro', 'cache.t3.small', 'cache.m7g.large', 'cache.r7g.16xlarge', 'cache.r6g.4xlarge');
const evictions = Object.values(CacheEviction);
const numbers = { requestsPerSecond: fc.integer({ min: 1, max: 100_000 }), bytes: fc.integer({ min: 1, max: 100_000 }) };
const traffic = fc.record(numbers)
  .map(({ requestsPerSecond, bytes }) => new TrafficEstimate({ requestsPerSecond, itemSize: Size.bytes(bytes) }));
const sized = fc.option(fc.record({ traffic, items: fc.integer({ min: 1, max: 10_000_000 }) }, { requiredKeys: ['traffic'] }))
  .map((props) => props ?? {});

const serverless = (scope: Construct) => fc.record({
  limits: optional({
    maxStorage: fc.integer({ min: 100, max: 5000 }).map((gib) => Size.gibibytes(gib)),
    minStorage: fc.integer({ min: 1, max: 100 }).map((gib) => Size.gibibytes(gib)),
    maxRequestUnits: fc.integer({ min: 100_000, max: 15_000_000 }),
    minRequestUnits: fc.integer({ min: 1000, max: 100_000 }),
  }),
  rest: optional({
    engineVersion: fc.constantFrom('7.2', '8.0', '8.2', '9.0'),
    authentication: fc.constantFrom(...Object.values(CacheAuthentication)),
    snapshotRetention: days,
    encryptionKey: fc.constant(new Key(scope, 'ServerlessKey')),
    disposable: flag,
  }),
  sized,
}).map((props): CacheProps => ({ capacity: CacheCapacity.serverless(props.limits), ...props.rest, ...props.sized }));

const nodes = (scope: Construct) => fc.record({
  engine: fc.constantFrom(CacheEngine.VALKEY, CacheEngine.REDIS),
  nodes: optional({ nodeType, shards: fc.integer({ min: 1, max: 20 }), replicas }),
  rest: optional({
    authentication: fc.constantFrom(...Object.values(CacheAuthentication)),
    eviction: fc.constantFrom(...evictions),
    reservedMemoryPercent: fc.integer({ min: 0, max: 75 }),
    snapshotRetention: days,
    logs: flag,
    port: fc.integer({ min: 1024, max: 65_535 }),
    encryptionKey: fc.constant(new Key(scope, 'NodesKey')),
    disposable: flag,
  }),
  sized,
}).map((props): CacheProps => {
  const capacity = CacheCapacity.nodes(props.nodes);
  return { engine: props.engine, capacity, ...props.rest, ...props.sized };
});

const memcached = fc.record({
  nodes: optional({ nodeType, shards: fc.integer({ min: 1, max: 60 }) }),
  rest: optional({ port: fc.integer({ min: 1024, max: 65_535 }), disposable: flag }),
}).map((props): CacheProps => ({ engine: CacheEngine.MEMCACHED, capacity: CacheCapacity.nodes(props.nodes), ...props.rest }));

const broker = optional<CacheProps>({
  engine: fc.constantFrom(CacheEngine.VALKEY, CacheEngine.REDIS), snapshotRetention: days, logs: flag,
}).map((props): CacheProps => ({ use: CacheUse.BROKER, ...props }));

export const SUBJECTS: Record<string, Subject<object>> = {
  Cache: {
    concept: 'Cache',
    valid: (scope) => fc.oneof(serverless(scope), nodes(scope), memcached, broker),
    invalid: () => ({
      engine: [...NOT_TEXT, 'keydb', ''],
      engineVersion: [...NOT_TEXT, '', '5.0', 'latest'],
      capacity: [
        ...NOT_OBJECT, {}, CacheCapacity.nodes({ nodeType: 'large' }), CacheCapacity.nodes({ shards: 0 }), CacheCapacity.nodes({ replicas: 6 }),
        CacheCapacity.nodes({ shards: '3' as never }), CacheCapacity.serverless({ maxStorage: Size.gibibytes(5001) }),
        CacheCapacity.serverless({ maxRequestUnits: 1 }), CacheCapacity.serverless({ minStorage: 1 as never }),
      ],
      use: [...NOT_TEXT, 'queue'],
      authentication: [...NOT_TEXT, 'none'],
      eviction: [...NOT_TEXT, 'fifo'],
      reservedMemoryPercent: [...NOT_NUMBER, -1, 76, 1.5],
      snapshotRetention: [...NOT_DURATION, Duration.days(36), Duration.hours(12)],
      logs: NOT_FLAG,
      port: [...NOT_NUMBER, 0, 80, 65_536],
      items: [...NOT_NUMBER, 0, 1.5, 1e13],
      traffic: [...NOT_OBJECT, {}],
      network: [null, 'vpc-1', {}],
      encryptionKey: [null, 'arn:aws:kms:eu-west-1:111122223333:key/k', {}],
      disposable: NOT_FLAG,
      cache: [...NOT_OBJECT, {}, { endpoint: 5 }],
    }),
    conflicting: (scope) => ({
      // Beside nothing at all, adopting is right; everything drawn here names at least a capacity or a use.
      cache: [{ endpoint: 'cache.example.com', securityGroup: SecurityGroup.fromSecurityGroupId(scope, 'Imported', 'sg-0123456789abcdef0') }],
    }),
    build: (scope, props) => new Cache(scope, 'Subject', props),
  } satisfies Subject<CacheProps>,
};
