import type { BlueprintEntry } from '../blueprint-entry';

/* eslint-disable @typescript-eslint/no-require-imports -- a blueprint is loaded when it is asked for, not with the catalogue */

export const URL_SHORTENER: BlueprintEntry = {
  name: 'url-shortener',
  title: 'Short links that redirect, expire and count every click exactly once',
  concepts: ['ApiGateway', 'FunctionService', 'Idempotency', 'KeyValueStore', 'WorkQueue'],
  services: ['API Gateway', 'Lambda', 'DynamoDB', 'SQS', 'CloudWatch Logs'],
  estimate: { requestsPerSecond: 100, peakFactor: 5, itemKibibytes: 1, readRatio: 0.99, p99Milliseconds: 200 },
  tradeOffs: {
    consistency: 'a new link redirects at once (strongly consistent reads); its count lags behind by the queue',
    delivery: 'clicks are delivered at least once and counted exactly once, by one transaction of the click and the counter',
    overload: 'the API answers 429 above its throttle; clicks wait in the queue and are counted later',
    failure: 'a redirect is answered also when its click cannot be queued: availability before analytics',
  },
  provenLocally: [
    'idempotent creation', 'collision-free slugs', 'expiry at read', 'refusal of bad input', 'exact counting under duplicates',
    'backoff, dead letters and redrive', 'recovery from a crashed worker', 'IAM grants of the functions', 'clean teardown',
  ],
  onlyOnAws: ['throttling', 'deletion of expired items', 'access logs', 'traces', 'alarms'],
  create: (scope, estimate) => {
    const { UrlShortener } = require('.') as typeof import('.');
    const { trafficOf } = require('../traffic-of') as typeof import('../traffic-of');
    return new UrlShortener(scope, 'UrlShortener', { disposable: true, traffic: trafficOf(estimate) });
  },
  scenario: () => (require('./scenario') as typeof import('./scenario')).SCENARIO,
};
