import { Duration, Size } from 'aws-cdk-lib';
import { ApiDefinition, JsonSchemaType } from 'aws-cdk-lib/aws-apigateway';
import { CorsHttpMethod } from 'aws-cdk-lib/aws-apigatewayv2';
import { Certificate } from 'aws-cdk-lib/aws-certificatemanager';
import { UserPool } from 'aws-cdk-lib/aws-cognito';
import { EventBus } from 'aws-cdk-lib/aws-events';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Stream } from 'aws-cdk-lib/aws-kinesis';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { HostedZone } from 'aws-cdk-lib/aws-route53';
import { StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import type { Stack } from 'aws-cdk-lib';
import { ApiGateway, Authorizer, DirectTarget, RequestValue, RestApiGateway, WebSocketGateway } from '../../../lib/api-gateway';
import { Access } from '../../../lib/core';
import { FunctionService } from '../../../lib/function-service';
import { KeyValueStore } from '../../../lib/key-value-store';
import { WorkQueue } from '../../../lib/work-queue';
import { HANDLER } from '../stacks';
import { type Case, worker } from './case';

const domain = (stack: Stack) => ({
  name: 'api.example.com',
  certificate: Certificate.fromCertificateArn(stack, 'PlainCertificate', 'arn:aws:acm:eu-west-1:111122223333:certificate/c'),
  hostedZone: HostedZone.fromHostedZoneAttributes(stack, 'PlainZone', { hostedZoneId: 'Z1', zoneName: 'example.com' }),
});

const door = (stack: Stack) => new FunctionService(stack, 'Door', { handler: HANDLER });

/** Everything that a route can call without a function. */
function directTargets(stack: Stack): [string, DirectTarget][] {
  const queue = new WorkQueue(stack, 'Jobs', { encryptionKey: new Key(stack, 'PlainKey', { enableKeyRotation: true }) });
  return [
    ['POST /jobs', DirectTarget.queue(queue.queue, { groupBy: RequestValue.header('X-Tenant') })],
    ['POST /clicks', DirectTarget.stream(Stream.fromStreamArn(stack, 'PlainStream', 'arn:aws:kinesis:eu-west-1:111122223333:stream/clicks'))],
    ['POST /orders', DirectTarget.eventBus(EventBus.fromEventBusName(stack, 'PlainBus', 'orders'), { source: 'shop', detailType: 'OrderPlaced' })],
    ['POST /reports', DirectTarget.stateMachine(
      StateMachine.fromStateMachineArn(stack, 'PlainMachine', 'arn:aws:states:eu-west-1:111122223333:stateMachine:m'), { wait: true })],
  ];
}

export const CASES: readonly Case[] = [
  { name: 'ApiGateway, minimal', build: (stack) => { new ApiGateway(stack, 'Api'); } },
  {
    name: 'ApiGateway, maximal and routed',
    build: (stack) => {
      const api = new ApiGateway(stack, 'Api', {
        throttle: { ratePerSecond: 10, burst: 20 },
        cors: { allowOrigins: ['https://example.com'], allowMethods: [CorsHttpMethod.GET] },
        version: 'v1',
        domain: domain(stack),
        logRetention: RetentionDays.ONE_MONTH,
        apiProps: { description: 'front door' },
      });
      const target = worker(stack);
      api.route('GET /links/{slug}', target, { throttle: { ratePerSecond: 5 } });
      api.route('ANY /files/{path+}', target);
      api.route('GET /mine', target, { authorizer: Authorizer.jwt({ issuer: 'https://issuer.example.com', audience: ['app'] }), scopes: ['read'] });
      api.route('GET /private', target, { authorizer: Authorizer.function(door(stack)) });
    },
  },
  {
    name: 'ApiGateway, direct',
    build: (stack) => {
      const api = new ApiGateway(stack, 'Api', { defaultAuthorizer: Authorizer.iam() });
      directTargets(stack).forEach(([route, target]) => api.route(route, target));
    },
  },
  { name: 'RestApiGateway, minimal', build: (stack) => { new RestApiGateway(stack, 'Api').route('ANY /{path+}', worker(stack)); } },
  {
    name: 'RestApiGateway, maximal and routed',
    build: (stack) => {
      const api = new RestApiGateway(stack, 'Api', {
        throttle: { ratePerSecond: 10, burst: 20 },
        cors: { allowOrigins: ['https://example.com'], allowMethods: ['GET'] },
        defaultAuthorizer: Authorizer.cognito(UserPool.fromUserPoolId(stack, 'PlainUsers', 'eu-west-1_abc'), []),
        version: 'v1',
        domain: { ...domain(stack), path: 'shop' },
        compressAbove: Size.kibibytes(1),
        cache: { size: 0.5, timeToLive: Duration.minutes(1) },
        webAclArn: 'arn:aws:wafv2:eu-west-1:111122223333:regional/webacl/w/1',
        accountLogging: true,
        logRetention: RetentionDays.ONE_MONTH,
        apiProps: { description: 'front door' },
      });
      const target = worker(stack);
      api.route('GET /items/{id}', target, { cache: { headers: ['Authorization'], query: ['page'] }, throttle: { burst: 5 } });
      api.route('POST /items', target, { body: { type: JsonSchemaType.OBJECT, required: ['sku'] }, query: ['dry'], scopes: ['items/write'] });
      api.route('GET /open', target, { authorizer: Authorizer.none(), keyRequired: true });
      api.route('GET /private', target, { authorizer: Authorizer.function(door(stack), { query: 'token' }) });
      api.addKey('Acme', api.plan('Gold', { ratePerSecond: 5, burst: 5, quota: { limit: 1000 } }));
    },
  },
  {
    name: 'RestApiGateway, direct',
    build: (stack) => {
      const api = new RestApiGateway(stack, 'Api', { defaultAuthorizer: Authorizer.iam() });
      directTargets(stack).forEach(([route, target]) => api.route(route, target));
      const item = { partitionKey: 'slug', partitionValue: RequestValue.path('slug') };
      const { table } = new KeyValueStore(stack, 'Links', { partitionKey: 'slug' });
      api.route('GET /links/{slug}', DirectTarget.getItem(table, item));
      api.route('PUT /links/{slug}', DirectTarget.putItem(table, item));
    },
  },
  {
    name: 'RestApiGateway, from a document',
    build: (stack) => {
      new RestApiGateway(stack, 'Api', {
        openApi: ApiDefinition.fromInline({
          openapi: '3.0.1',
          info: { title: 'Shop', version: '1' },
          paths: { '/ping': { get: { 'x-amazon-apigateway-integration': { type: 'mock', requestTemplates: { 'application/json': '{"statusCode":200}' } } } } },
        }),
      });
    },
  },
  { name: 'WebSocketGateway, minimal', build: (stack) => { new WebSocketGateway(stack, 'Live'); } },
  {
    name: 'WebSocketGateway, maximal and used',
    build: (stack) => {
      const live = new WebSocketGateway(stack, 'Live', {
        throttle: { ratePerSecond: 10, burst: 20 },
        authorizer: Authorizer.function(door(stack), { query: 'token' }),
        connectionTtl: Duration.minutes(30),
        routeBy: 'type',
        domain: domain(stack),
        accountLogging: true,
        logRetention: RetentionDays.ONE_MONTH,
        apiProps: { description: 'open line' },
      });
      const target = worker(stack);
      live.route('send', target);
      live.route('$default', target);
      target.use(live, Access.WRITE);
    },
  },
];
