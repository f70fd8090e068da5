// An image put into the bucket under the id of its job gets its thumbnail, and the job says so. The scenario proves the rest.
import { IntegTest, Match } from '@aws-cdk/integ-tests-alpha';
import { App, Stack } from 'aws-cdk-lib';
import { ImageProcessing } from '../../blueprints/image-processing';
import { Profile } from '../../lib';
import { expectSoon } from './expect-soon';

const app = new App({ analyticsReporting: false });
Profile.set(app, Profile.SANDBOX);
const stack = new Stack(app, 'integ-image-processing');
const { api, jobs, uploads } = new ImageProcessing(stack, 'ImageProcessing', { disposable: true });

const { assertions } = new IntegTest(app, 'ImageProcessing', { testCases: [stack] });
const get = (path: string) => assertions.httpApiCall(`${api.url}${path}`);
const post = (body: object) => assertions.httpApiCall(`${api.url}/images`, {
  method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body),
});
const problem = (status: number) => ({ status, headers: { 'content-type': ['application/problem+json'] }, body: Match.objectLike({ status }) });

expectSoon(post({ contentType: 'image/png', bytes: 100 }), { status: 202, headers: { 'retry-after': ['2'] }, body: Match.objectLike({ state: 'QUEUED' }) });
expectSoon(post({ contentType: 'text/html', bytes: 100 }), problem(422));
expectSoon(get('/jobs/never'), problem(404));
expectSoon(get('/images/never/128'), problem(404));

// What is no image fails its job, with a reason: from the event of the upload to the answer of the API.
const id = 'integ-no-image';
const deleted = assertions.awsApiCall('S3', 'deleteObject', { Bucket: uploads.bucket.bucketName, Key: id });
assertions.awsApiCall('DynamoDB', 'putItem', {
  TableName: jobs.table.tableName,
  Item: {
    id: { S: id }, state: { S: 'QUEUED' }, attempts: { N: '0' }, input: { M: { sizes: { L: [{ N: '128' }] } } },
    createdAt: { S: '2026-11-22T12:00:00.000Z' }, updatedAt: { S: '2026-11-22T12:00:00.000Z' }, expiresAt: { N: '4102444800' },
  },
})
  .next(assertions.awsApiCall('S3', 'putObject', { Bucket: uploads.bucket.bucketName, Key: id, Body: 'no image' }))
  .next(expectSoon(get(`/jobs/${id}`), { status: 200, body: Match.objectLike({ state: 'FAILED', attempts: 1, error: { code: 'not-an-image' } }) }))
  // An empty bucket goes with the stack.
  .next(deleted);
