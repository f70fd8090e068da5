import { Duration, type Stack } from 'aws-cdk-lib';
import { CorsHttpMethod } from 'aws-cdk-lib/aws-apigatewayv2';
import { AttributeType, Billing, StreamViewType, TableEncryptionV2 } from 'aws-cdk-lib/aws-dynamodb';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { BLUEPRINTS } from '../../blueprints/registry';
import { Access, ApiGateway, FunctionService, KeyValueStore, Profile, WorkQueue } from '../../lib';
import { HANDLER, plainFunction, SOMEWHERE, stackWith } from './stacks';

/** Something whose template must keep every law. */
export interface Case {
  readonly name: string;
  readonly build: (stack: Stack) => void;
}

export const PROFILES = [Profile.SANDBOX, Profile.PRODUCTION];

const service = (stack: Stack) => new FunctionService(stack, 'Worker', { handler: HANDLER });

/** Every construct, as short as it can be called and with everything it offers. */
export const CONSTRUCTS: readonly Case[] = [
  { name: 'KeyValueStore, minimal', build: (stack) => { new KeyValueStore(stack, 'Store', { partitionKey: 'id' }); } },
  {
    name: 'KeyValueStore, maximal and used',
    build: (stack) => {
      const store = new KeyValueStore(stack, 'Store', {
        partitionKey: 'id',
        sortKey: 'at',
        sortKeyType: AttributeType.NUMBER,
        timeToLive: 'expiresAt',
        indexes: [{ indexName: 'byEmail', partitionKey: { name: 'email', type: AttributeType.STRING } }],
        billing: Billing.onDemand({ maxReadRequestUnits: 100 }),
        encryption: TableEncryptionV2.customerManagedKey(new Key(stack, 'Key', { enableKeyRotation: true })),
        stream: StreamViewType.NEW_AND_OLD_IMAGES,
        disposable: true,
        tableProps: { contributorInsightsSpecification: { enabled: true } },
      });
      service(stack).use(store, Access.READ_WRITE);
      store.grantRead(new Role(stack, 'Reader', { assumedBy: new ServicePrincipal('ecs-tasks.amazonaws.com') }));
      const role = new Role(stack, 'AdoptedRole', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
      new FunctionService(stack, 'Adopted', { function: plainFunction(stack, 'Plain', { role }) }).use(store, Access.READ);
    },
  },
  { name: 'WorkQueue, minimal', build: (stack) => { new WorkQueue(stack, 'Queue'); } },
  {
    name: 'WorkQueue, maximal and used',
    build: (stack) => {
      const queue = new WorkQueue(stack, 'Queue', {
        retry: { maxAttempts: 3, firstDelay: Duration.seconds(2), maxDelay: Duration.minutes(1) },
        retention: Duration.days(1),
        visibilityTimeout: Duration.minutes(5),
        maxMessageAge: Duration.minutes(1),
        encryptionKey: new Key(stack, 'Key', { enableKeyRotation: true }),
        disposable: true,
        queueProps: { maxMessageSizeBytes: 2048 },
      });
      const worker = service(stack);
      worker.use(queue, Access.WRITE);
      queue.consumedBy(worker, { batchSize: 100, batchWindow: Duration.seconds(5), maxConcurrency: 5 });
    },
  },
  { name: 'FunctionService, minimal', build: (stack) => { service(stack); } },
  {
    name: 'FunctionService, maximal and called',
    build: (stack) => {
      new FunctionService(stack, 'Worker', {
        handler: HANDLER,
        memorySize: 1769,
        timeout: Duration.seconds(20),
        maxConcurrency: 5,
        environment: { MODE: 'test' },
        logRetention: RetentionDays.ONE_MONTH,
        functionProps: { description: 'works' },
      });
    },
  },
  { name: 'ApiGateway, minimal', build: (stack) => { new ApiGateway(stack, 'Api'); } },
  {
    name: 'ApiGateway, maximal and routed',
    build: (stack) => {
      const api = new ApiGateway(stack, 'Api', {
        throttle: { ratePerSecond: 10, burst: 20 },
        cors: { allowOrigins: ['https://example.com'], allowMethods: [CorsHttpMethod.GET] },
        logRetention: RetentionDays.ONE_MONTH,
        apiProps: { description: 'front door' },
      });
      const worker = service(stack);
      api.route('GET /links/{slug}', worker);
      api.route('ANY /files/{path+}', worker);
    },
  },
];

/** Every blueprint of the catalogue. */
export const BLUEPRINT_CASES: readonly Case[] = BLUEPRINTS.map(({ name, create }) => ({
  name,
  build: (stack) => { create(stack); },
}));

/** A stack with a case in it, in an account and a region, since some properties are rendered only there. */
export function stackOf({ build }: Case, profile: Profile): Stack {
  const stack = stackWith(profile, {}, SOMEWHERE);
  build(stack);
  return stack;
}
