import type { BlueprintEntry } from '../blueprint-entry';

/* eslint-disable @typescript-eslint/no-require-imports -- a blueprint is loaded when it is asked for, not with the catalogue */

export const REAL_TIME_ANALYTICS: BlueprintEntry = {
  name: 'real-time-analytics',
  title: 'Events counted by the minute exactly once, watched live, archived and replayable',
  concepts: [
    'ApiGateway', 'EventStream', 'FunctionService', 'Idempotency', 'KeyValueStore', 'ObjectStore', 'WebSocketGateway', 'WindowedAggregate',
  ],
  services: ['API Gateway', 'Lambda', 'Kinesis', 'DynamoDB', 'S3', 'Data Firehose', 'SQS', 'CloudWatch Logs'],
  estimate: { requestsPerSecond: 5000, peakFactor: 2, itemKibibytes: 0.25, readRatio: 0.01, p99Milliseconds: 500 },
  tradeOffs: {
    consistency: 'a dashboard lags behind by a second or three; a window is final 30 s after its end, and what comes later is told as late',
    delivery: 'at least once through the stream, counted exactly once: what was read of a shard and what was counted is one transaction',
    overload: 'a full shard refuses single events, which are sent again and then named in the answer; groups fall behind and catch up',
    failure: 'each group fails alone: events are kept for seven days and counted later; a page that lost its connection asks again',
  },
  provenLocally: [
    'exact counts of events out of order', 'late events told and not counted', 'redelivery counted once', 'partial failures told',
    'groups that fail alone', 'poison set aside', 'replay to the same totals', 'live updates', 'recovery from a crashed worker',
    'IAM grants of the functions', 'clean teardown',
  ],
  onlyOnAws: ['full shards', 'how Firehose buffers and compresses', 'throttling', 'idle connections', 'access logs', 'traces', 'alarms'],
  create: (scope, estimate) => {
    const { RealTimeAnalytics } = require('.') as typeof import('.');
    const { trafficOf } = require('../traffic-of') as typeof import('../traffic-of');
    return new RealTimeAnalytics(scope, 'RealTimeAnalytics', { disposable: true, traffic: trafficOf(estimate) });
  },
  scenario: () => (require('./scenario') as typeof import('./scenario')).SCENARIO,
};
