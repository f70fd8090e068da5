import type { BlueprintEntry } from '../blueprint-entry';

/* eslint-disable @typescript-eslint/no-require-imports -- a blueprint is loaded when it is asked for, not with the catalogue */

/** Names a public key of one's own: `-c "media-sharing:signingKey=$(cat public.pem)"`. */
const SIGNING_KEY = 'media-sharing:signingKey';

/** A key that signs nothing on AWS: its private half was thrown away when it was made. */
const NOBODYS_KEY = [
  '-----BEGIN PUBLIC KEY-----',
  'MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA1DmMA2ReKeKkDQAM5T1p',
  '9xTm3tllgdMgDkuCR31V0yACQGHgokogwQmAZzMBTMWsqwmFilXlCqGDOugk3uhM',
  'NMAf38J8BlHjmCU+ZU4jDh7WHWspeYlv/yvGII9BuDLdYnmOQP5U69wDyzVhe4Ug',
  'hBe+IBS+FB8nqU+Wg1jAOk0uWS83FWgOIkXz13YUHWBFpSuStAyD4t8Lr/z8sBVk',
  '4GLzKQ6wXwR3axBUKohojUVcTxDUw3ji2ybwDfCiZlF+syx3UoYQaQHtvV2sXy7h',
  'hYA27rNDreTxDDujRCpnT2zswuMW3VYsmG4NhB36+L3olEC2k93UEvGKJqsoAFCa',
  'CQIDAQAB',
  '-----END PUBLIC KEY-----',
].join('\n');

export const MEDIA_SHARING: BlueprintEntry = {
  name: 'media-sharing',
  title: 'Images and videos that users upload straight into a bucket, in parts that can be resumed, and download by signed URLs',
  concepts: [
    'ApiGateway', 'Cdn', 'FanOut', 'FunctionService', 'IdentityProvider', 'KeyValueStore', 'ObjectStore', 'PresignedUpload',
    'SecretStore', 'WorkQueue',
  ],
  services: [
    'API Gateway', 'Lambda', 'S3', 'DynamoDB', 'SQS', 'SNS', 'EventBridge', 'Cognito', 'CloudFront', 'Secrets Manager', 'CloudWatch Logs',
  ],
  estimate: { requestsPerSecond: 50, peakFactor: 5, itemKibibytes: 1, readRatio: 0.9 },
  tradeOffs: {
    consistency: 'an upload shows as UPLOADED when S3 has told of it, seconds later; what is READY is found at once, in lists a moment later',
    delivery: 'storage events and messages come at least once; each upload is published once, and each subscriber notes it once',
    overload: 'bytes never pass the API; uploads wait in the queue for the publisher, whose concurrency is bounded',
    failure: 'an upload that is interrupted goes on with the parts that are missing; one that cannot be processed is FAILED and set aside',
  },
  provenLocally: [
    'sign-in and 401 without it', 'ownership: 404 for others', 'signed size, type and checksum', 'resumed uploads in parts', 'expiry of URLs and uploads',
    'one change of state under duplicate events', 'recovery from a crashed worker', 'dead letters and FAILED', 'filtered fan-out, noted once',
    'downloads refused at the CDN without a signature, with that of another object, and after their time', 'IAM grants of the functions', 'clean teardown',
  ],
  onlyOnAws: [
    'edges near the users', 'CORS answers to browsers', 'lifecycle tiering and abort of abandoned parts', 'deletion of old rows',
    'throttling', 'access logs', 'traces', 'alarms',
  ],
  create: (scope, estimate) => {
    const { Duration, Size } = require('aws-cdk-lib') as typeof import('aws-cdk-lib');
    const { Profile } = require('../../lib/core') as typeof import('../../lib/core');
    const { MediaSharing } = require('.') as typeof import('.');
    const { trafficOf } = require('../traffic-of') as typeof import('../traffic-of');
    return new MediaSharing(scope, 'MediaSharing', {
      signingKey: String(scope.node.tryGetContext(SIGNING_KEY) ?? NOBODYS_KEY),
      disposable: true,
      traffic: trafficOf(estimate),
      // To try it: a few MB come in parts, a crash is over in half a minute, and the scenario can sign in.
      ...!Profile.of(scope).guarded && {
        maxSize: Size.mebibytes(100),
        partSize: Size.mebibytes(5),
        processingTimeout: Duration.seconds(5),
        passwordSignIn: true,
      },
    });
  },
  scenario: () => (require('./scenario') as typeof import('./scenario')).SCENARIO,
};
