import { Duration, Lazy, type Stack } from 'aws-cdk-lib';
import { CorsHttpMethod } from 'aws-cdk-lib/aws-apigatewayv2';
import { AttributeType, Billing, StreamViewType, Table, TableEncryptionV2 } from 'aws-cdk-lib/aws-dynamodb';
import { Key } from 'aws-cdk-lib/aws-kms';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import * as fc from 'fast-check';
import {
  ApiGateway, type ApiGatewayProps, type ConsumerOptions, FunctionService, type FunctionServiceProps, KeyValueStore,
  type KeyValueStoreProps, WorkQueue, type WorkQueueProps,
} from '../../lib';
import { RuleError } from '../../lib/core/rules';
import { PROFILES } from '../support/cases';
import { HANDLER, plainFunction, SOMEWHERE, stackWith, templateOf } from '../support/stacks';

// The same runs every time: a failure names the seed and the path that lead to it.
fc.configureGlobal({ seed: 20261122, numRuns: 40 });

const profile = fc.constantFrom(...PROFILES);
const seconds = (min: number, max: number) => fc.integer({ min, max }).map((amount) => Duration.seconds(amount));
const flag = fc.boolean();
const optional = <T extends object>(props: { [K in keyof T]: fc.Arbitrary<T[K]> }) =>
  fc.record(props, { requiredKeys: [] }) as unknown as fc.Arbitrary<Partial<T>>;
/** Attribute names are any text; these come in all alphabets, and as tokens. */
const attribute = fc.oneof(
  fc.string({ minLength: 1, maxLength: 60, unit: 'grapheme' }).filter((name) => Buffer.byteLength(name) <= 255),
  fc.constant(Lazy.string({ produce: () => 'late' })),
);

/** What a plain JavaScript caller may pass by mistake for anything. */
const GARBAGE: readonly unknown[] = [
  null, '', 'x', 'x'.repeat(300), 0, -1, 1.5, NaN, Infinity, 1e12, true, false, [], [null], ['x'], new Date(0), () => 1,
  Symbol('s'), 10n, Object.create(null), Duration.seconds(0), Duration.days(400), Duration.millis(1),
];
const garbage = fc.constantFrom(...GARBAGE);

interface Subject<Props extends object> {
  /** Props that must be taken. */
  readonly valid: (stack: Stack) => fc.Arbitrary<Props>;
  /** For each prop, what must be refused in its place. */
  readonly invalid: (stack: Stack) => { readonly [Prop in keyof Props]?: readonly unknown[] };
  readonly build: (stack: Stack, props: Props) => unknown;
}

const NOT_TEXT = [null, 5, [], {}, true];
const NOT_DURATION = [null, 5, '5s', {}, [], true];
const NOT_OBJECT = [null, 'x', 5, [], true];
const NOT_FLAG = [null, 'true', 1, {}];
const NOT_NUMBER = [null, '5', {}, [], true];

const SUBJECTS = {
  KeyValueStore: {
    valid: (stack) => fc.record({
      partitionKey: attribute.map((name) => `p${name}`.slice(0, 60)),
      rest: optional<KeyValueStoreProps>({
        partitionKeyType: fc.constantFrom(...Object.values(AttributeType)),
        timeToLive: attribute.map((name) => `t${name}`.slice(0, 60)),
        billing: fc.integer({ min: 1, max: 1000 }).map((maxReadRequestUnits) => Billing.onDemand({ maxReadRequestUnits })),
        encryption: fc.constantFrom(
          TableEncryptionV2.dynamoOwnedKey(), TableEncryptionV2.awsManagedKey(), TableEncryptionV2.customerManagedKey(new Key(stack, 'Key')),
        ),
        stream: fc.constantFrom(...Object.values(StreamViewType)),
        disposable: flag,
        indexes: fc.uniqueArray(fc.stringMatching(/^[a-z]{3,10}$/), { maxLength: 3 }).map((names) =>
          names.map((indexName) => ({ indexName, partitionKey: { name: `i${indexName}`, type: AttributeType.STRING } }))),
        tableProps: fc.record({ deletionProtection: flag }),
      }),
      sort: fc.option(fc.record({
        sortKey: attribute.map((name) => `s${name}`.slice(0, 60)),
        sortKeyType: fc.constantFrom(...Object.values(AttributeType)),
      })),
    }).map(({ partitionKey, rest, sort }) => ({ partitionKey, ...rest, ...sort })),
    invalid: (stack) => ({
      partitionKey: [...NOT_TEXT, '', 'ü'.repeat(128)],
      partitionKeyType: NOT_TEXT,
      sortKey: [...NOT_TEXT, '', 'x'.repeat(256)],
      sortKeyType: NOT_TEXT,
      timeToLive: [...NOT_TEXT, '', 'x'.repeat(256)],
      indexes: [null, 'byEmail', {}, [null], ['byEmail']],
      billing: [...NOT_OBJECT, {}, 'PAY_PER_REQUEST'],
      encryption: [...NOT_OBJECT, {}],
      stream: NOT_TEXT,
      disposable: NOT_FLAG,
      tableProps: NOT_OBJECT,
      table: [null, 'orders', {}, Table.fromTableName(stack, 'Imported', 'orders')],
    }),
    build: (stack, props) => new KeyValueStore(stack, 'Subject', props),
  } satisfies Subject<KeyValueStoreProps>,

  WorkQueue: {
    valid: (stack) => optional<WorkQueueProps>({
      retry: optional({
        maxAttempts: fc.integer({ min: 1, max: 1000 }),
        firstDelay: seconds(1, 900),
        maxDelay: seconds(900, 43_200),
      }),
      retention: seconds(60, 1_209_600),
      visibilityTimeout: seconds(1, 43_200),
      maxMessageAge: seconds(1, 1_209_600),
      encryptionKey: fc.constant(new Key(stack, 'Key')),
      disposable: flag,
      queueProps: fc.record({ maxMessageSizeBytes: fc.integer({ min: 1024, max: 1_048_576 }) }),
    }),
    invalid: (stack) => ({
      retry: [
        ...NOT_OBJECT, { maxAttempts: 0 }, { maxAttempts: '5' }, { firstDelay: 1 }, { maxDelay: null }, { firstDelay: Duration.days(1) },
        { firstDelay: Duration.minutes(2), maxDelay: Duration.minutes(1) },
      ],
      retention: [...NOT_DURATION, Duration.seconds(59), Duration.days(15)],
      visibilityTimeout: [...NOT_DURATION, Duration.seconds(0), Duration.hours(13), Duration.millis(1500)],
      maxMessageAge: [...NOT_DURATION, Duration.seconds(0)],
      encryptionKey: [null, 'arn:aws:kms:eu-west-1:111122223333:key/k', {}],
      disposable: NOT_FLAG,
      queueProps: [...NOT_OBJECT, { fifo: true }, { retentionPeriod: Duration.days(1) }],
      queue: [null, 'jobs', {}, Queue.fromQueueArn(stack, 'Imported', 'arn:aws:sqs:eu-west-1:111122223333:jobs')],
      deadLetterQueue: [null, 'jobs', {}, Queue.fromQueueArn(stack, 'Dead', 'arn:aws:sqs:eu-west-1:111122223333:dead')],
    }),
    build: (stack, props) => new WorkQueue(stack, 'Subject', props),
  } satisfies Subject<WorkQueueProps>,

  FunctionService: {
    valid: () => optional<FunctionServiceProps>({
      memorySize: fc.integer({ min: 128, max: 10_240 }),
      timeout: seconds(1, 900),
      maxConcurrency: fc.integer({ min: 1, max: 1000 }),
      environment: fc.dictionary(fc.stringMatching(/^[A-Za-z][A-Za-z0-9_]{1,20}$/), fc.string({ maxLength: 20 }), { maxKeys: 5 }),
      logRetention: fc.constantFrom(RetentionDays.ONE_DAY, RetentionDays.ONE_YEAR, RetentionDays.INFINITE),
      functionProps: fc.record({ description: fc.string({ maxLength: 50 }) }),
    }).map((props) => ({ handler: HANDLER, ...props })),
    invalid: (stack) => ({
      handler: [null, 'url-shortener/redirect', {}, { code: 'x' }, undefined],
      memorySize: [...NOT_NUMBER, 127, 10_241, 128.5, NaN],
      timeout: [...NOT_DURATION, Duration.seconds(0), Duration.minutes(16), Duration.millis(1500)],
      maxConcurrency: [...NOT_NUMBER, 0, -1, 1.5],
      environment: [...NOT_OBJECT, { A: 'too short' }, { 'A-B': 'x' }, { PORT: 80 }, { HOST: null }],
      logRetention: NOT_NUMBER,
      functionProps: [...NOT_OBJECT, { tracing: 'Active' }, { events: [] }],
      function: [null, 'arn:aws:lambda:eu-west-1:111122223333:function:f', {}, plainFunction(stack, 'Plain')],
    }),
    build: (stack, props) => new FunctionService(stack, 'Subject', props),
  } satisfies Subject<FunctionServiceProps>,

  ApiGateway: {
    valid: () => optional<ApiGatewayProps>({
      throttle: optional({ ratePerSecond: fc.integer({ min: 1, max: 10_000 }), burst: fc.integer({ min: 1, max: 5000 }) }),
      cors: optional({
        allowOrigins: fc.uniqueArray(fc.webUrl(), { maxLength: 3 }),
        allowMethods: fc.uniqueArray(fc.constantFrom(...Object.values(CorsHttpMethod))),
        allowCredentials: flag,
        maxAge: seconds(0, 86_400),
      }),
      logRetention: fc.constantFrom(RetentionDays.ONE_DAY, RetentionDays.INFINITE),
      apiProps: fc.record({ description: fc.string({ maxLength: 50 }) }),
    }),
    invalid: () => ({
      throttle: [...NOT_OBJECT, { ratePerSecond: 0 }, { ratePerSecond: '5' }, { burst: 5001 }, { burst: null }],
      cors: [...NOT_OBJECT, { allowOrigins: '*' }, { maxAge: 60 }, { allowCredentials: 'yes' }, { allowCredentials: true, allowOrigins: ['*'] }],
      logRetention: NOT_NUMBER,
      apiProps: [...NOT_OBJECT, { createDefaultStage: true }],
      api: [null, 'abc', {}],
    }),
    build: (stack, props) => new ApiGateway(stack, 'Subject', props),
  } satisfies Subject<ApiGatewayProps>,

  WorkQueueConsumer: {
    valid: () => fc.record({
      batchSize: fc.integer({ min: 1, max: 10_000 }),
      batchWindow: seconds(1, 300),
      maxConcurrency: fc.integer({ min: 2, max: 1000 }),
      name: fc.stringMatching(/^[a-z][A-Za-z0-9-]{0,20}$/),
    }, { requiredKeys: ['batchWindow'] }),
    invalid: () => ({
      batchSize: [...NOT_NUMBER, 0, 10_001, 1.5],
      batchWindow: [...NOT_DURATION, Duration.minutes(6), Duration.millis(500)],
      maxConcurrency: [...NOT_NUMBER, 1, 1001],
      name: NOT_TEXT,
    }),
    build: (stack, options) => new WorkQueue(stack, 'Subject').consumedBy(new FunctionService(stack, 'Worker', { handler: HANDLER }), options),
  } satisfies Subject<ConsumerOptions>,
};

/** What came of building something: nothing to complain about, or the codes of a refusal. Any other error is thrown on. */
function refusal(build: () => unknown): readonly string[] {
  try {
    build();
    return [];
  } catch (error) {
    if (error instanceof RuleError) {
      return error.findings.map(({ code }) => code);
    }
    throw error;
  }
}

describe.each(Object.entries(SUBJECTS) as [string, Subject<object>][])('%s', (name, { valid, invalid, build }) => {
  const concept = name.replace('Consumer', '');
  const ownCode = new RegExp(`^(${concept}|FunctionService)\\.[A-Z][A-Za-z]+$`);
  // Whatever the props were made with lives in an app of its own; a stack takes constructs of another one as imported.
  const elsewhere = () => stackWith(undefined, {}, SOMEWHERE);
  const props = Object.entries(invalid(elsewhere()));

  test('takes all valid props, and synthesises', () => {
    // The props are drawn inside the run, since some of them are constructs of the stack that the run makes.
    fc.assert(fc.property(profile, fc.nat(), (chosen, seed) => {
      const stack = stackWith(chosen, {}, SOMEWHERE);
      const [given] = fc.sample(valid(stack), { numRuns: 1, seed });
      build(stack, given!);
      expect(Object.keys(templateOf(stack).Resources ?? {}).length).toBeGreaterThan(0);
    }));
  });

  test('refuses every invalid value of every prop with a code of its own, whatever the other props are', () => {
    for (const [prop, values] of props as [string, readonly unknown[]][]) {
      for (const value of values) {
        const others = elsewhere();
        const [given] = fc.sample(valid(others), { numRuns: 1 });
        const codes = refusal(() => build(stackWith(undefined, {}, SOMEWHERE), { ...given, [prop]: value }));
        expect({ prop, value, codes }).toEqual({ prop, value, codes: expect.arrayContaining([expect.stringMatching(ownCode)]) });
        expect(codes.filter((code) => !ownCode.test(code))).toEqual([]);
      }
    }
  });

  test('never answers garbage with anything but a refusal', () => {
    const anything = optional(Object.fromEntries(props.map(([prop]) => [prop, garbage])));
    fc.assert(fc.property(profile, anything, (chosen, given) => {
      const codes = refusal(() => build(stackWith(chosen), given));
      expect(codes.filter((code) => !ownCode.test(code))).toEqual([]);
    }), { numRuns: 150 });
  });

  test.each([null, 'props', 5, []])('refuses %j in place of all props', (given) => {
    expect(refusal(() => build(stackWith(), given as unknown as object))).toEqual([expect.stringMatching(/WrongType$/)]);
  });
});

test('a route is made or refused, whatever the text', () => {
  const nearly = fc.stringMatching(/^(GET|ANY|get|FOO) \/[a-z{}+/. ]{0,12}$/);
  fc.assert(fc.property(fc.oneof(fc.string(), nearly, garbage as fc.Arbitrary<string>), (route) => {
    const stack = stackWith();
    const worker = new FunctionService(stack, 'Worker', { handler: HANDLER });
    const codes = refusal(() => new ApiGateway(stack, 'Subject').route(route, worker));
    expect(codes.filter((code) => code !== 'ApiGateway.MalformedRoute')).toEqual([]);
  }), { numRuns: 150 });
});
