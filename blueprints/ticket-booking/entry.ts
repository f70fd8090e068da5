import type { BlueprintEntry } from '../blueprint-entry';

/* eslint-disable @typescript-eslint/no-require-imports -- a blueprint is loaded when it is asked for, not with the catalogue */

export const TICKET_BOOKING: BlueprintEntry = {
  name: 'ticket-booking',
  title: 'Seats that are found, held for minutes, paid for once, and never sold twice',
  concepts: [
    'AdmissionControl', 'ApiGateway', 'Cache', 'CacheStrategy', 'ChangeDataCapture', 'DistributedLock', 'FunctionService', 'Idempotency',
    'KeyValueStore', 'RateLimiter', 'RelationalDatabase', 'Saga', 'SearchIndex', 'WorkQueue',
  ],
  services: ['API Gateway', 'Lambda', 'DynamoDB', 'Aurora PostgreSQL', 'ElastiCache', 'SQS', 'Step Functions', 'VPC', 'Secrets Manager', 'CloudWatch Logs'],
  estimate: { requestsPerSecond: 200, peakFactor: 5, itemKibibytes: 1, readRatio: 0.95, p99Milliseconds: 300 },
  tradeOffs: {
    consistency: 'a seat is strongly consistent: one transaction of the database sells it; what is searched is behind by seconds',
    delivery: 'orders are delivered at least once, and charged and confirmed once: by the key of the saga and one transaction',
    overload: 'a user is limited to so many holds; above a backlog of unpaid orders further ones get 503 with Retry-After',
    failure: 'without the cache or the search events are still shown; without the database nothing is held or sold: consistency before availability',
  },
  provenLocally: [
    'one winner of many rivals', 'all or none of a group', 'fencing of late holders', 'one charge under repetition and crashes',
    'compensation of declined and hanging payments', 'limits of users and of the backlog', 'freshness of cache and search',
    'failure of cache and database', 'IAM grants of the functions', 'clean teardown',
  ],
  onlyOnAws: ['the network of the functions', 'failover and scaling of the database', 'OpenSearch in production', 'throttling', 'access logs', 'traces', 'alarms'],
  dataPlanes: ['postgres', 'valkey'],
  create: (scope, estimate) => {
    const { TicketBooking } = require('.') as typeof import('.');
    const { trafficOf } = require('../traffic-of') as typeof import('../traffic-of');
    return new TicketBooking(scope, 'TicketBooking', { disposable: true, traffic: trafficOf(estimate) });
  },
  scenario: () => (require('./scenario') as typeof import('./scenario')).SCENARIO,
};
