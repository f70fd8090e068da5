import type { BlueprintEntry } from '../blueprint-entry';

/* eslint-disable @typescript-eslint/no-require-imports -- a blueprint is loaded when it is asked for, not with the catalogue */

export const IMAGE_PROCESSING: BlueprintEntry = {
  name: 'image-processing',
  title: 'Thumbnails of uploaded images, made in the background, with the state of every job',
  concepts: ['ApiGateway', 'FunctionService', 'JobStatus', 'KeyValueStore', 'ObjectStore', 'WorkQueue'],
  services: ['API Gateway', 'Lambda', 'S3', 'EventBridge', 'SQS', 'DynamoDB', 'CloudWatch Logs'],
  estimate: { requestsPerSecond: 100, peakFactor: 10, itemKibibytes: 1, readRatio: 0.8, p99Milliseconds: 300 },
  tradeOffs: {
    consistency: 'the state of a job is read strongly consistent and never goes back; thumbnails exist before it says so',
    delivery: 'uploads are told at least once and in no order; a job succeeds once, by a conditional write of its attempt',
    overload: 'uploads wait in the queue while a fixed number of images is worked on; the API answers 429 above its throttle',
    failure: 'an image that is no image fails at once and its client is told; what fails for no fault of its own is tried five times, '
      + 'then set aside for people',
  },
  provenLocally: [
    'uploads by signed address', 'a burst of 1,000 jobs', 'one change of state under duplicates', 'refusal of what is no image',
    'backoff, dead letters and redrive', 'recovery from a killed worker', 'IAM grants of the functions', 'clean teardown',
  ],
  onlyOnAws: ['more workers at once than this machine runs', 'throttling', 'deletion of expired jobs', 'access logs', 'traces', 'alarms'],
  create: (scope, estimate) => {
    const { ImageProcessing } = require('.') as typeof import('.');
    const { trafficOf } = require('../traffic-of') as typeof import('../traffic-of');
    return new ImageProcessing(scope, 'ImageProcessing', { disposable: true, traffic: trafficOf(estimate) });
  },
  scenario: () => (require('./scenario') as typeof import('./scenario')).SCENARIO,
};
