// Requests reach the target of their route with its parameters; nothing else is answered, and every access is logged.
import { type FetchOptions, IntegTest, Match } from '@aws-cdk/integ-tests-alpha';
import { App, Duration, Stack } from 'aws-cdk-lib';
import { CorsHttpMethod } from 'aws-cdk-lib/aws-apigatewayv2';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { ApiGateway, Authorizer, DirectTarget, FunctionService, Handler, Profile, WorkQueue } from '../../lib';
import { expectSoon } from './expect-soon';

const app = new App({ analyticsReporting: false });
Profile.set(app, Profile.SANDBOX);
const stack = new Stack(app, 'integ-api-gateway');

const echo = new FunctionService(stack, 'Echo', {
  handler: Handler.fromCode(Code.fromInline(`
    exports.handler = async ({ routeKey, pathParameters }) => ({
      statusCode: 200,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ routeKey, pathParameters }),
    });
  `)),
});
const api = new ApiGateway(stack, 'Api', {
  throttle: { ratePerSecond: 50, burst: 50 },
  cors: { allowOrigins: ['https://example.com'], allowMethods: [CorsHttpMethod.GET] },
});
api.route('GET /users/{name}', echo);
api.route('POST /users', echo);
api.route('GET /private', echo, { authorizer: Authorizer.iam() });
api.route('GET /users/{name}', echo, { version: 'v2' });
const jobs = new WorkQueue(stack, 'Jobs', { disposable: true });
api.route('POST /jobs', DirectTarget.queue(jobs.queue), { throttle: { ratePerSecond: 5, burst: 5 } });

const { assertions } = new IntegTest(app, 'ApiGateway', { testCases: [stack] });
const request = (path: string, options: FetchOptions = {}) => assertions.httpApiCall(`${api.url}${path}`, options);

expectSoon(request('/users/ada'), { status: 200, body: { routeKey: 'GET /users/{name}', pathParameters: { name: 'ada' } } })
  .next(expectSoon(assertions.awsApiCall('CloudWatchLogs', 'filterLogEvents', {
    logGroupName: api.accessLog!.logGroupName, filterPattern: '{ $.route = "GET /users/{name}" && $.status = "200" }',
  }), { events: Match.arrayWith([Match.objectLike({ message: Match.stringLikeRegexp('/users/ada') })]) }, Duration.minutes(5)));
expectSoon(request('/users', { method: 'POST', body: 'hello' }), { status: 200, body: { routeKey: 'POST /users' } });

expectSoon(request('/v2/users/ada'), { status: 200, body: { routeKey: 'GET /v2/users/{name}' } });
expectSoon(request('/jobs', { method: 'POST', body: 'work' }), { status: 200 })
  .next(expectSoon(assertions.awsApiCall('SQS', 'receiveMessage', { QueueUrl: jobs.queue.queueUrl, VisibilityTimeout: 0, WaitTimeSeconds: 20 }),
    { Messages: Match.arrayWith([Match.objectLike({ Body: 'work' })]) }));

expectSoon(request('/nowhere'), { status: 404 });
expectSoon(request('/users/ada', { method: 'DELETE' }), { status: 404 });
expectSoon(request('/private'), { status: 403 });
expectSoon(request('/users/ada', { method: 'OPTIONS', headers: { 'origin': 'https://example.com', 'access-control-request-method': 'GET' } }), {
  status: 204, headers: { 'access-control-allow-origin': ['https://example.com'] },
});
