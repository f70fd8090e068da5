// What misses its schema or has no key never reaches a target; a message and an item go where they belong without a function.
import { IntegTest, Match } from '@aws-cdk/integ-tests-alpha';
import { App, Stack } from 'aws-cdk-lib';
import { JsonSchemaType } from 'aws-cdk-lib/aws-apigateway';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { DirectTarget, FunctionService, Handler, KeyValueStore, Profile, RequestValue, RestApiGateway, WorkQueue } from '../../lib';
import { expectSoon } from './expect-soon';

const app = new App({ analyticsReporting: false });
Profile.set(app, Profile.SANDBOX);
const stack = new Stack(app, 'integ-rest-api-gateway');

const echo = new FunctionService(stack, 'Echo', {
  handler: Handler.fromCode(Code.fromInline('exports.handler = async ({ body }) => ({ statusCode: 201, body });')),
});
const jobs = new WorkQueue(stack, 'Jobs', { disposable: true });
const links = new KeyValueStore(stack, 'Links', { partitionKey: 'slug', disposable: true });
const api = new RestApiGateway(stack, 'Api', { version: 'v1', accountLogging: true });
api.route('POST /orders', echo, {
  body: { type: JsonSchemaType.OBJECT, required: ['sku'], properties: { sku: { type: JsonSchemaType.STRING } } },
});
api.route('GET /partners', echo, { keyRequired: true });
api.addKey('Acme', api.plan('Gold'));
api.route('POST /jobs', DirectTarget.queue(jobs.queue));
const item = { partitionKey: 'slug', partitionValue: RequestValue.path('slug') };
api.route('PUT /links/{slug}', DirectTarget.putItem(links.table, item));
api.route('GET /links/{slug}', DirectTarget.getItem(links.table, item));

const { assertions } = new IntegTest(app, 'RestApiGateway', { testCases: [stack] });
const call = (method: string, path: string, body?: string) =>
  assertions.httpApiCall(`${api.url}/v1${path}`, { method, body, headers: { 'content-type': 'application/json' } });

expectSoon(call('POST', '/orders', '{"sku":"a"}'), { status: 201, body: { sku: 'a' } });
expectSoon(call('POST', '/orders', '{}'), { status: 400, body: { type: 'about:blank', detail: 'Invalid request body' } });
expectSoon(call('GET', '/partners'), { status: 403 });

expectSoon(call('POST', '/jobs', '{"job":1}'), { status: 202 })
  .next(expectSoon(assertions.awsApiCall('SQS', 'receiveMessage', { QueueUrl: jobs.queue.queueUrl, VisibilityTimeout: 0, WaitTimeSeconds: 20 }),
    { Messages: Match.arrayWith([Match.objectLike({ Body: '{"job":1}' })]) }));

const text = JSON.stringify({ say: 'it\'s "it"' });
expectSoon(call('GET', '/links/none'), { status: 404 });
expectSoon(call('PUT', '/links/a', text), { status: 200 })
  .next(expectSoon(call('GET', '/links/a'), { status: 200, body: { slug: 'a', body: text } }));
