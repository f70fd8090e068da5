import { Duration, type Stack } from 'aws-cdk-lib';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { TicketBooking, type TicketBookingProps } from '../../../blueprints/ticket-booking';
import { Authorizer, FunctionService, Handler, Profile } from '../../../lib';
import { onlyOne, resourcesOf, stackWith } from '../../support/stacks';

const booking = (props: TicketBookingProps = {}, profile = Profile.SANDBOX) => {
  const stack = stackWith(profile);
  return { stack, blueprint: new TicketBooking(stack, 'Tickets', props) };
};
const propertiesOf = (stack: Stack, name: string) => resourcesOf(stack)[name]!.Properties;
const ofType = (stack: Stack, type: string) => Object.values(resourcesOf(stack)).filter(({ Type }) => Type === type);

function variablesOf(stack: Stack, service: string): Record<string, unknown> {
  return (propertiesOf(stack, `Tickets${service}Function`).Environment as { Variables: Record<string, unknown> }).Variables;
}

test('at most 120 resources under SANDBOX, no NAT gateway, and endpoints for the two services that have no free one', () => {
  const { stack } = booking();
  expect(Object.keys(resourcesOf(stack)).length).toBeLessThanOrEqual(120);
  expect(ofType(stack, 'AWS::EC2::NatGateway')).toEqual([]);
  expect(ofType(stack, 'AWS::EC2::VPCEndpoint').filter(({ Properties }) => Properties.VpcEndpointType === 'Interface')).toHaveLength(2);
});

test('a CDN keeps the page of an event for half a minute, and never which seats are left', () => {
  const { stack, blueprint } = booking({ cdn: true });
  const { DistributionConfig: { CacheBehaviors, DefaultCacheBehavior } } = onlyOne(stack, 'AWS::CloudFront::Distribution') as unknown as {
    readonly DistributionConfig: {
      readonly CacheBehaviors: readonly { readonly PathPattern: string; readonly CachePolicyId: unknown }[];
      readonly DefaultCacheBehavior: { readonly CachePolicyId: unknown };
    };
  };
  expect(CacheBehaviors.map(({ PathPattern }) => PathPattern)).toEqual(['/events/*/seats', '/events/*']);
  const nothing = '4135ea2d-6df8-44a3-9df3-4b5a84be39ad';
  expect([CacheBehaviors[0]!.CachePolicyId, DefaultCacheBehavior.CachePolicyId]).toEqual([nothing, nothing]);
  expect(ofType(stack, 'AWS::CloudFront::CachePolicy').map((policy) => JSON.stringify(policy.Properties))).toEqual([expect.stringContaining('"MaxTTL":30')]);
  expect(blueprint.outputs).toHaveProperty('CdnUrl');
  expect(ofType(booking().stack, 'AWS::CloudFront::Distribution')).toEqual([]);
});

test('what needs the network is in it, and nothing else', () => {
  const { stack } = booking();
  const inNetwork = (service: string) => propertiesOf(stack, `Tickets${service}Function`).VpcConfig !== undefined;
  expect(['Booking', 'Catalogue', 'IndexEvents', 'Seats', 'CheckOut', 'Payments'].map(inNetwork)).toEqual([true, true, true, true, false, false]);
});

test('every function finds what it needs in its environment', () => {
  const { stack } = booking();
  const DATABASE = ['DATABASE_DATABASE', 'DATABASE_HOST', 'DATABASE_PORT', 'DATABASE_READER_HOST', 'DATABASE_SECRET_ARN'];
  const names = (service: string) => Object.keys(variablesOf(stack, service)).sort();
  expect(names('Booking')).toEqual([
    'BOUNDS', ...DATABASE, 'EVENTS_TABLE_NAME', 'IDEMPOTENCY_IDEMPOTENCY', 'IDEMPOTENCY_TABLE_NAME', 'LIMIT_RATE_LIMIT', 'LIMIT_TABLE_NAME',
    'LOCKS_LOCK', 'LOCKS_TABLE_NAME', 'ORDERS_QUEUE_URL', 'WAITING_ROOM_ADMISSION', 'WAITING_ROOM_QUEUE_URL',
  ].sort());
  expect(names('Seats')).toEqual([...DATABASE, 'LOCKS_LOCK', 'LOCKS_TABLE_NAME'].sort());
  expect(names('Payments')).toEqual(['PAYMENTS_TABLE_NAME']);
  expect(names('CheckOut')).toEqual(['CHECKOUT_STATE_MACHINE_ARN', 'ORDERS_QUEUE_URL', 'ORDERS_RETRY']);
  expect(names('Catalogue')).toEqual(expect.arrayContaining(['EVENT_CACHE_TABLE_NAME', 'EVENT_CACHE_CACHE_STRATEGY', 'SEARCH_INDEX', 'SEARCH_DATABASE_HOST']));
  expect(names('Catalogue').filter((name) => name.startsWith('DATABASE'))).toEqual([]);
});

test('bounds, limits and the waiting room are as they are told', () => {
  const { stack } = booking({
    holdFor: Duration.minutes(3), maxSeatsPerHold: 4, holdsPerMinute: 7, maxBacklog: 50, paymentConcurrency: 3,
  });
  const { BOUNDS, LIMIT_RATE_LIMIT, WAITING_ROOM_ADMISSION } = variablesOf(stack, 'Booking');
  expect(JSON.parse(BOUNDS as string)).toEqual({ maxSeats: 4, maxSeconds: 180 });
  expect(LIMIT_RATE_LIMIT).toMatch(/^token-bucket,7,60,/);
  expect(WAITING_ROOM_ADMISSION).toMatch(/^50,/);
  const readers = ofType(stack, 'AWS::Lambda::EventSourceMapping').map(({ Properties }) => Properties.ScalingConfig).filter(Boolean);
  expect(readers).toEqual([{ MaximumConcurrency: 3 }]);
});

test('a payment that is tried again, hangs or is undone keeps its order in the queue', () => {
  const { stack } = booking();
  const { RedrivePolicy, VisibilityTimeout } = propertiesOf(stack, 'TicketsOrdersQueue');
  expect((RedrivePolicy as { maxReceiveCount: number }).maxReceiveCount).toBe(20);
  expect(VisibilityTimeout).toBe(60);
});

test('a provider of payments of your own replaces the stand-in, and its table', () => {
  const stack = stackWith();
  const payments = new FunctionService(stack, 'Mine', { handler: Handler.fromCode(Code.fromInline('exports.handler = async () => {}')) });
  const blueprint = new TicketBooking(stack, 'Tickets', { payments });
  expect([blueprint.payments, blueprint.paymentRecords, 'PaymentsTable' in blueprint.outputs]).toEqual([payments, undefined, false]);
  expect(ofType(stack, 'AWS::DynamoDB::GlobalTable')).toHaveLength(4);
});

test('who may book, and who may write events, is decided apart', () => {
  const { stack } = booking({ users: Authorizer.jwt({ issuer: 'https://issuer.example.com', audience: ['tickets'] }), boxOffice: Authorizer.iam() });
  const kinds = Object.fromEntries(ofType(stack, 'AWS::ApiGatewayV2::Route').map(({ Properties }) => [Properties.RouteKey, Properties.AuthorizationType]));
  expect(kinds).toEqual({
    'GET /events': 'NONE', 'GET /events/{id}': 'NONE', 'GET /events/{id}/seats': 'NONE', 'PUT /events/{id}': 'AWS_IAM',
    'POST /holds': 'JWT', 'DELETE /holds/{token}': 'JWT', 'POST /orders': 'JWT', 'GET /orders/{id}': 'JWT',
  });
});

test('under PRODUCTION data stays with the stack gone, whatever disposable says, and OpenSearch is searched', () => {
  const { stack } = booking({ disposable: true }, Profile.PRODUCTION);
  const data = ['AWS::DynamoDB::GlobalTable', 'AWS::RDS::DBCluster', 'AWS::SQS::Queue'].flatMap((type) => ofType(stack, type));
  expect(new Set(data.map(({ DeletionPolicy }) => DeletionPolicy))).toEqual(new Set(['Retain']));
  expect(ofType(stack, 'AWS::OpenSearchService::Domain')).toHaveLength(1);
  expect(variablesOf(stack, 'Catalogue')).not.toHaveProperty('SEARCH_DATABASE_HOST');
});

test('two in one stack', () => {
  const { stack } = booking();
  new TicketBooking(stack, 'More');
  expect(ofType(stack, 'AWS::RDS::DBCluster')).toHaveLength(2);
  expect(ofType(stack, 'AWS::EC2::VPC')).toHaveLength(1);
});
