import { Duration, Size } from 'aws-cdk-lib';
import { JsonSchemaType, Period } from 'aws-cdk-lib/aws-apigateway';
import { CorsHttpMethod, WebSocketApi, WebSocketStage } from 'aws-cdk-lib/aws-apigatewayv2';
import { Certificate } from 'aws-cdk-lib/aws-certificatemanager';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { HostedZone } from 'aws-cdk-lib/aws-route53';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import * as fc from 'fast-check';
import {
  ApiGateway, type ApiGatewayProps, Authorizer, type PlanOptions, RestApiGateway, type RestApiGatewayProps, type RestRouteOptions,
  type RouteOptions, WebSocketGateway, type WebSocketGatewayProps,
} from '../../../lib/api-gateway';
import { FunctionService } from '../../../lib/function-service';
import { HANDLER } from '../../support/stacks';
import { flag, NOT_DURATION, NOT_FLAG, NOT_NUMBER, NOT_OBJECT, NOT_TEXT, optional, seconds, type Subject } from '../subject';

const throttle = optional({ ratePerSecond: fc.integer({ min: 1, max: 10_000 }), burst: fc.integer({ min: 1, max: 5000 }) });
const NOT_THROTTLE = [...NOT_OBJECT, { ratePerSecond: 0 }, { ratePerSecond: '5' }, { burst: 5001 }, { burst: null }];

const version = fc.stringMatching(/^[A-Za-z0-9][\w.-]{0,8}$/);
const NOT_VERSION = [...NOT_TEXT, '', '/v1', 'v 1', '{v}'];

const CERTIFICATE = 'arn:aws:acm:eu-west-1:111122223333:certificate/12345678-1234-1234-1234-123456789012';
const domain = (scope: Construct) => fc.record({
  // A domain is one in the world, and the cases of a batch share a template.
  name: fc.stringMatching(/^[a-z]{1,10}$/).map((host) => `${host}.${scope.node.id.toLowerCase()}.example.com`),
  certificate: fc.constant(Certificate.fromCertificateArn(scope, 'Certificate', CERTIFICATE)),
  hostedZone: fc.constant(HostedZone.fromHostedZoneAttributes(scope, 'Zone', { hostedZoneId: 'Z1', zoneName: 'example.com' })),
  path: fc.stringMatching(/^[a-z]{1,8}(\/[a-z0-9]{1,8})?$/),
  mutualTls: fc.constant({ bucket: Bucket.fromBucketName(scope, 'Trust', 'trust'), key: 'ca.pem' }),
}, { requiredKeys: ['name', 'certificate'] });
const NOT_DOMAIN = (scope: Construct) => {
  const certificate = Certificate.fromCertificateArn(scope, 'Certificate', CERTIFICATE);
  return [
    ...NOT_OBJECT, {}, { name: 'api.example.com' }, { name: 'API', certificate }, { name: 'api.example.com', certificate, path: '/' },
    { name: 'api.example.com', certificate, mutualTls: 'yes' }, { name: 'api.example.com', certificate: CERTIFICATE },
  ];
};

const authorizer = fc.constant(0).map(() => Authorizer.iam());
const retention = fc.constantFrom(RetentionDays.ONE_DAY, RetentionDays.INFINITE);
const described = fc.record({ description: fc.string({ maxLength: 50 }) });
const worker = (scope: Construct) => new FunctionService(scope, 'Worker', { handler: HANDLER });

export const SUBJECTS: Record<string, Subject<object>> = {
  ApiGateway: {
    concept: 'ApiGateway',
    valid: (scope) => optional<ApiGatewayProps>({
      throttle,
      cors: optional({
        allowOrigins: fc.uniqueArray(fc.webUrl(), { maxLength: 3 }),
        allowMethods: fc.uniqueArray(fc.constantFrom(...Object.values(CorsHttpMethod))),
        allowCredentials: flag,
        maxAge: seconds(0, 86_400),
      }),
      defaultAuthorizer: authorizer,
      version,
      domain: domain(scope),
      logRetention: retention,
      apiProps: described,
    }),
    invalid: (scope) => ({
      throttle: NOT_THROTTLE,
      cors: [...NOT_OBJECT, { allowOrigins: '*' }, { maxAge: 60 }, { allowCredentials: 'yes' }, { allowCredentials: true, allowOrigins: ['*'] }],
      defaultAuthorizer: NOT_OBJECT,
      version: NOT_VERSION,
      domain: NOT_DOMAIN(scope),
      logRetention: NOT_NUMBER,
      apiProps: [...NOT_OBJECT, { createDefaultStage: true }],
      api: [null, 'abc', {}],
    }),
    build: (scope, props) => new ApiGateway(scope, 'Subject', props),
  } satisfies Subject<ApiGatewayProps>,

  ApiGatewayRoute: {
    concept: 'ApiGateway',
    valid: () => optional<RouteOptions>({ authorizer, throttle, version }),
    invalid: () => ({ authorizer: NOT_OBJECT, scopes: [null, 'read', 5, {}], throttle: NOT_THROTTLE, version: NOT_VERSION }),
    build: (scope, options) => new ApiGateway(scope, 'Subject').route('GET /items/{id}', worker(scope), options),
  } satisfies Subject<RouteOptions>,

  RestApiGateway: {
    concept: 'RestApiGateway',
    valid: (scope) => optional<RestApiGatewayProps>({
      throttle,
      cors: fc.record({ allowOrigins: fc.uniqueArray(fc.webUrl(), { minLength: 1, maxLength: 3 }) }),
      defaultAuthorizer: authorizer,
      version,
      domain: domain(scope),
      compressAbove: fc.integer({ min: 0, max: 10_240 }).map((kibibytes) => Size.kibibytes(kibibytes)),
      cache: optional({ size: fc.constantFrom(0.5, 1.6, 6.1, 13.5, 28.4, 58.2, 118, 237), timeToLive: seconds(1, 3600) }),
      webAclArn: fc.constant('arn:aws:wafv2:eu-west-1:111122223333:regional/webacl/w/12345678-1234-1234-1234-123456789012'),
      accountLogging: flag,
      logRetention: retention,
      apiProps: described,
    }),
    invalid: (scope) => ({
      throttle: NOT_THROTTLE,
      cors: [...NOT_OBJECT, { allowOrigins: '*' }, { maxAge: 60 }, { allowCredentials: true, allowOrigins: ['*'] }],
      defaultAuthorizer: [...NOT_OBJECT, {}],
      version: NOT_VERSION,
      domain: NOT_DOMAIN(scope),
      compressAbove: [...NOT_OBJECT, {}, Size.mebibytes(11)],
      cache: [...NOT_OBJECT, { size: 1 }, { size: '0.5' }, { timeToLive: 60 }, { timeToLive: Duration.hours(2) }],
      webAclArn: NOT_TEXT,
      openApi: [...NOT_OBJECT, {}],
      accountLogging: NOT_FLAG,
      logRetention: NOT_NUMBER,
      apiProps: [...NOT_OBJECT, { deploy: false }, { cloudWatchRole: true }],
      api: [null, 'abc', {}],
    }),
    build: (scope, props) => new RestApiGateway(scope, 'Subject', props).route('GET /items/{id}', worker(scope)),
  } satisfies Subject<RestApiGatewayProps>,

  RestApiGatewayRoute: {
    concept: 'RestApiGateway',
    valid: () => optional<RestRouteOptions>({
      authorizer,
      keyRequired: flag,
      body: fc.constantFrom({ type: JsonSchemaType.OBJECT, required: ['sku'] }, { type: JsonSchemaType.STRING, maxLength: 5 }),
      query: fc.uniqueArray(fc.stringMatching(/^[a-z]\w{0,10}$/), { maxLength: 3 }),
      headers: fc.uniqueArray(fc.stringMatching(/^X-[A-Z][a-z]{0,10}$/), { maxLength: 3 }),
      throttle,
      cache: fc.record({ timeToLive: seconds(1, 3600), query: fc.constant(['page']), headers: fc.constant(['Authorization']) }),
      version,
      summary: fc.string({ maxLength: 30 }),
    }),
    invalid: () => ({
      authorizer: [...NOT_OBJECT, {}],
      scopes: [null, 'read', 5, {}],
      keyRequired: NOT_FLAG,
      body: NOT_OBJECT,
      query: [null, 'page', 5, {}, ['page size'], [null]],
      headers: [null, 'Accept', 5, {}, [''], [5]],
      throttle: NOT_THROTTLE,
      cache: [...NOT_OBJECT, { timeToLive: 60 }, { timeToLive: Duration.hours(2) }, { query: ['a b'] }, { shared: 'yes' }],
      version: NOT_VERSION,
      summary: NOT_TEXT,
    }),
    build: (scope, options) => new RestApiGateway(scope, 'Subject', { cache: {} }).route('GET /items/{id}', worker(scope), options),
  } satisfies Subject<RestRouteOptions>,

  RestApiGatewayPlan: {
    concept: 'RestApiGateway',
    valid: () => optional<PlanOptions>({
      ratePerSecond: fc.integer({ min: 1, max: 10_000 }),
      burst: fc.integer({ min: 1, max: 5000 }),
      quota: fc.record({ limit: fc.integer({ min: 1, max: 1_000_000 }), period: fc.constantFrom(...Object.values(Period)) }, { requiredKeys: ['limit'] }),
    }),
    invalid: () => ({
      ratePerSecond: [...NOT_NUMBER, 0, 10_001, 1.5],
      burst: [...NOT_NUMBER, 0, 5001],
      quota: [...NOT_OBJECT, {}, { limit: 0 }, { limit: '5' }, { limit: 5, period: 'YEAR' }, { limit: 5, period: 7 }],
    }),
    build: (scope, options) => {
      const api = new RestApiGateway(scope, 'Subject');
      api.route('GET /', worker(scope), { keyRequired: true });
      return api.addKey('Acme', api.plan('Gold', options));
    },
  } satisfies Subject<PlanOptions>,

  WebSocketGateway: {
    concept: 'WebSocketGateway',
    valid: (scope) => optional<WebSocketGatewayProps>({
      throttle,
      authorizer,
      connectionTtl: seconds(60, 7200),
      routeBy: fc.stringMatching(/^[a-z]\w{0,8}(\.[a-z]\w{0,8})?$/),
      domain: domain(scope).map(({ name, certificate, hostedZone, path }) => ({ name, certificate, hostedZone, path })),
      accountLogging: flag,
      logRetention: retention,
      apiProps: described,
    }),
    invalid: (scope) => ({
      throttle: NOT_THROTTLE,
      authorizer: [...NOT_OBJECT, {}],
      connectionTtl: [...NOT_DURATION, Duration.seconds(59), Duration.hours(3), Duration.millis(60_500)],
      routeBy: [...NOT_TEXT, '', '$request.body.action', 'a b'],
      domain: NOT_DOMAIN(scope),
      accountLogging: NOT_FLAG,
      logRetention: NOT_NUMBER,
      apiProps: [...NOT_OBJECT, { routeSelectionExpression: '$request.body.type' }],
      stage: [null, 'prod', {}],
    }),
    conflicting: (scope) => ({
      stage: [WebSocketStage.fromWebSocketStageAttributes(scope, 'Stage', {
        api: WebSocketApi.fromWebSocketApiAttributes(scope, 'Imported', { webSocketId: 'abc' }), stageName: 'prod',
      })],
    }),
    build: (scope, props) => new WebSocketGateway(scope, 'Subject', props),
  } satisfies Subject<WebSocketGatewayProps>,
};
