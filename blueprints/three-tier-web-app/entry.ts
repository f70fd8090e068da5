import type { BlueprintEntry } from '../blueprint-entry';

/* eslint-disable @typescript-eslint/no-require-imports -- a blueprint is loaded when it is asked for, not with the catalogue */

export const THREE_TIER_WEB_APP: BlueprintEntry = {
  name: 'three-tier-web-app',
  title: 'A web application in three tiers, whose nodes may come and go while its users stay signed in',
  concepts: [
    'Cache', 'Cdn', 'ContainerService', 'LoadBalancer', 'LoadBalancerRoute', 'Network', 'ObjectStore', 'RelationalDatabase',
    'SecretStore', 'SessionStore',
  ],
  services: [
    'CloudFront', 'VPC', 'Elastic Load Balancing', 'ECS on Fargate', 'Aurora PostgreSQL', 'ElastiCache for Valkey', 'S3',
    'Secrets Manager', 'CloudWatch Logs',
  ],
  estimate: { requestsPerSecond: 100, peakFactor: 5, itemKibibytes: 2, readRatio: 0.9, p99Milliseconds: 300 },
  tradeOffs: {
    consistency: 'a user always reads what this user has written; what others have written may be seen a moment later, from a reader',
    delivery: 'a request that fails on the way may have been done or not: a write is not repeated by the nodes',
    overload: 'nodes are added up to three times as many; a node that is full answers slowly, and the load balancer spreads what comes',
    failure: 'any node may die; without the database writes fail; without the cache its users sign in again when it is back',
  },
  provenLocally: [
    'requests through the CDN and the load balancer', 'static files from the edge', 'personal answers kept by no edge',
    'reading of own writes', 'sessions that survive the node', 'sessions shared by all nodes',
    'sign-out everywhere', 'deployment without a failed request', 'a bad release taken back', 'one migration by many nodes',
    'recovery from a crashed database', 'failover of the database to a synchronous standby', 'recovery from a lost cache',
    'upload and download', 'clean teardown',
  ],
  onlyOnAws: [
    'the image build', 'containers', 'HTTPS', 'edges near the users', 'the way of the CDN into the network', 'security groups',
    'IAM of the tasks',
    'detection of a lost Aurora writer and its promotion', 'replication to readers', 'scaling', 'alarms',
  ],
  dataPlanes: ['postgres', 'valkey'],
  program: 'three-tier-web-app',
  create: (scope, estimate) => {
    const { ThreeTierWebApp } = require('.') as typeof import('.');
    const { trafficOf } = require('../traffic-of') as typeof import('../traffic-of');
    // The catalogue has no domain, and so no certificate: users come by the name of the CDN.
    return new ThreeTierWebApp(scope, 'ThreeTierWebApp', { disposable: true, cdn: true, traffic: trafficOf(estimate) });
  },
  scenario: () => (require('./scenario') as typeof import('./scenario')).SCENARIO,
};
