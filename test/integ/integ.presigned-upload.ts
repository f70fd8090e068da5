// A client announces an object and sends it to the URL that it gets; it is UPLOADED and handed on. Other sizes are refused.
import { IntegTest, Match } from '@aws-cdk/integ-tests-alpha';
import { App, Duration, Stack } from 'aws-cdk-lib';
import { ApiGateway, PresignedUpload, Profile, WorkQueue } from '../../lib';
import { expectSoon } from './expect-soon';

const app = new App({ analyticsReporting: false });
Profile.set(app, Profile.SANDBOX);
const stack = new Stack(app, 'integ-presigned-upload');

const uploads = new PresignedUpload(stack, 'Uploads', { contentTypes: ['text/plain'], disposable: true });
const next = new WorkQueue(stack, 'Next', { disposable: true });
uploads.handTo(next);
const api = new ApiGateway(stack, 'Api');
uploads.route(api);

const { assertions } = new IntegTest(app, 'PresignedUpload', { testCases: [stack] });
const call = (method: string, path: string, body?: object) => assertions.httpApiCall(`${api.url}${path}`, {
  method, headers: { 'content-type': 'application/json' }, body: body && JSON.stringify(body),
});
const put = (url: string, body: string) =>
  assertions.httpApiCall(url, { method: 'PUT', headers: { 'content-type': 'text/plain', 'if-none-match': '*' }, body });

const announced = call('POST', '/uploads', { size: 5, contentType: 'text/plain' });
const id = announced.getAttString('body.id');
const url = announced.getAttString('body.upload.url');
announced.next(expectSoon(put(url, 'longer'), { status: 403 }))
  .next(expectSoon(put(url, 'hello'), { status: 200 }))
  .next(expectSoon(call('GET', `/uploads/${id}`), { status: 200, body: Match.objectLike({ status: 'UPLOADED' }) }, Duration.minutes(5)))
  .next(expectSoon(assertions.awsApiCall('SQS', 'getQueueAttributes', {
    QueueUrl: next.queue.queueUrl, AttributeNames: ['ApproximateNumberOfMessages'],
  }), { Attributes: { ApproximateNumberOfMessages: '1' } }, Duration.minutes(5)))
  // An empty bucket goes with the stack.
  .next(assertions.awsApiCall('S3', 'deleteObject', { Bucket: uploads.objects.bucket.bucketName, Key: `uploads/${id}` }));
expectSoon(call('POST', '/uploads', { size: 5, contentType: 'text/html' }), { status: 422 });
expectSoon(call('GET', '/uploads/unknown'), { status: 404 });
