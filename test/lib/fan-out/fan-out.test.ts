import { Duration, type Stack } from 'aws-cdk-lib';
import { Annotations, Match } from 'aws-cdk-lib/assertions';
import { type IKey, Key } from 'aws-cdk-lib/aws-kms';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import flags from 'aws-cdk-lib/recommended-feature-flags.json';
import { Access, Profile } from '../../../lib/core';
import { wiresBelow } from '../../../lib/core/wires';
import { FanOut, type FanOutProps, FilterOn, type SubscriptionOptions } from '../../../lib/fan-out';
import { FAN_OUT_RULES, SUBSCRIPTION_RULES } from '../../../lib/fan-out/fan-out-rules';
import { FunctionService } from '../../../lib/function-service';
import { Network } from '../../../lib/network';
import { ObjectEvent, ObjectStore } from '../../../lib/object-store';
import { WorkQueue } from '../../../lib/work-queue';
import { HANDLER, namesOf, onlyOne, refusedBy, resourcesOf, SOMEWHERE, stackWith, statementsOf, templateOf } from '../../support/stacks';

const TOPIC = 'AWS::SNS::Topic';
const SUBSCRIPTION = 'AWS::SNS::Subscription';
const ARN = 'arn:aws:sns:eu-west-1:111122223333:news';
const worker = (stack: Stack) => new FunctionService(stack, 'Worker', { handler: HANDLER });
const arnOf = (name: string) => ({ 'Fn::GetAtt': [name, 'Arn'] });

describe('the shortest call', () => {
  test.each([['no feature flags', {}], ['the recommended feature flags', flags]])('makes a topic that takes TLS only, under %s', (_, context) => {
    const stack = stackWith(Profile.SANDBOX, { context });
    const news = new FanOut(stack, 'News');
    expect(templateOf(stack).Outputs).toBeUndefined();
    expect(resourcesOf(stack)).toEqual({
      NewsTopic: { Type: TOPIC },
      NewsTopicPolicy: {
        Type: 'AWS::SNS::TopicPolicy',
        Properties: {
          PolicyDocument: {
            Statement: [{
              Action: 'sns:Publish', Condition: { Bool: { 'aws:SecureTransport': 'false' } }, Effect: 'Deny', Principal: '*',
              Resource: { Ref: 'NewsTopic' }, Sid: 'AllowPublishThroughSSLOnly',
            }],
            Version: '2012-10-17',
          },
          Topics: [{ Ref: 'NewsTopic' }],
        },
      },
    });
    expect(news.node.defaultChild).toBe(news.topic);
    expect([news.ordered, news.deadLetterQueue]).toEqual([false, undefined]);
  });

  test('under PRODUCTION raises an alarm when copies do not arrive, and adds nothing else', () => {
    const stack = stackWith(Profile.PRODUCTION);
    const news = new FanOut(stack, 'News');
    expect(Object.keys(resourcesOf(stack))).toEqual(['NewsTopic', 'NewsTopicPolicy', 'NewsFailedAlarm']);
    expect(onlyOne(stack, 'AWS::CloudWatch::Alarm')).toMatchObject({
      Namespace: 'AWS/SNS', MetricName: 'NumberOfNotificationsFailed', Threshold: 1, EvaluationPeriods: 1, TreatMissingData: 'notBreaching',
      Statistic: 'Sum', ComparisonOperator: 'GreaterThanOrEqualToThreshold',
    });
    expect(news.metricPublished({ period: Duration.minutes(1) })).toMatchObject({ metricName: 'NumberOfMessagesPublished', statistic: 'Sum' });
    expect(news.metricDelivered()).toMatchObject({ metricName: 'NumberOfNotificationsDelivered', statistic: 'Sum' });
  });
});

test('every prop shapes the topic', () => {
  const stack = stackWith();
  const encryptionKey = Key.fromKeyArn(stack, 'Key', 'arn:aws:kms:eu-west-1:111122223333:key/k');
  const news = new FanOut(stack, 'News', {
    orderBy: 'account', deduplicateByContent: true, encryptionKey, topicProps: { messageRetentionPeriodInDays: 7 },
  });
  expect(onlyOne(stack, TOPIC)).toEqual({
    FifoTopic: true, ContentBasedDeduplication: true, FifoThroughputScope: 'MessageGroup', KmsMasterKeyId: encryptionKey.keyArn,
    TopicName: expect.stringMatching(/\.fifo$/), ArchivePolicy: { MessageRetentionPeriod: 7 },
  });
  expect(news.ordered).toBe(true);
});

describe('subscribing', () => {
  test('puts messages as they are into the queue, and what does not arrive into its dead letters', () => {
    const stack = stackWith();
    const news = new FanOut(stack, 'News');
    const queue = new WorkQueue(stack, 'Mail');
    news.subscribe(queue);
    expect(onlyOne(stack, SUBSCRIPTION)).toEqual({
      TopicArn: { Ref: 'NewsTopic' }, Protocol: 'sqs', Endpoint: arnOf('MailQueue'), RawMessageDelivery: true,
      RedrivePolicy: { deadLetterTargetArn: arnOf('MailDeadLetterQueue') },
    });
    for (const name of ['MailQueuePolicy', 'MailDeadLetterQueuePolicy']) {
      const { Statement } = resourcesOf(stack)[name]!.Properties.PolicyDocument as { Statement: { Effect: string }[] };
      expect(Statement.filter(({ Effect }) => Effect === 'Allow')).toMatchObject([{
        Action: 'sqs:SendMessage', Principal: { Service: 'sns.amazonaws.com' }, Condition: { ArnEquals: { 'aws:SourceArn': { Ref: 'NewsTopic' } } },
      }]);
    }
    expect(wiresBelow(stack)).toEqual([{ from: news, to: queue, label: 'messages' }]);
  });

  test.each<[SubscriptionOptions, object]>([
    [
      { filter: { kind: ['created', { prefix: 're' }], total: [{ numeric: ['>', 5] }] } },
      { FilterPolicy: { kind: ['created', { prefix: 're' }], total: [{ numeric: ['>', 5] }] } },
    ],
    [
      { filter: { order: { total: [{ numeric: ['>', 5] }] }, kind: ['created'] }, filterOn: FilterOn.BODY },
      { FilterPolicyScope: 'MessageBody', FilterPolicy: { order: { total: [{ numeric: ['>', 5] }] }, kind: ['created'] } },
    ],
  ])('a filter %j takes what matches', (options, policy) => {
    const stack = stackWith();
    const news = new FanOut(stack, 'News');
    const queue = new WorkQueue(stack, 'Mail');
    news.subscribe(queue, options);
    expect(onlyOne(stack, SUBSCRIPTION)).toMatchObject(policy);
    expect(wiresBelow(stack)).toEqual([{ from: news, to: queue, label: 'matching messages' }]);
  });

  test('a queue with a key of the customer lets the topic use it', () => {
    const stack = stackWith();
    const encryptionKey = new Key(stack, 'Key');
    new FanOut(stack, 'News').subscribe(new WorkQueue(stack, 'Mail', { encryptionKey }));
    const { Statement } = onlyOne(stack, 'AWS::KMS::Key').KeyPolicy as { Statement: { Principal: { Service?: string } }[] };
    expect(Statement.filter(({ Principal }) => Principal.Service === 'sns.amazonaws.com')).toMatchObject([{ Action: ['kms:Decrypt', 'kms:GenerateDataKey'] }]);
  });

  test('order is kept from end to end, and a queue may do without it', () => {
    const stack = stackWith();
    const news = new FanOut(stack, 'News', { orderBy: 'account' });
    news.subscribe(new WorkQueue(stack, 'Ledger', { orderBy: 'account' }));
    news.subscribe(new WorkQueue(stack, 'Audit'));
    expect(namesOf(stack, SUBSCRIPTION)).toHaveLength(2);
  });

  test('an adopted queue has to let the topic in where it is defined', () => {
    const stack = stackWith();
    const given = (id: string) => Queue.fromQueueArn(stack, id, `arn:aws:sqs:eu-west-1:111122223333:${id}`);
    new FanOut(stack, 'News').subscribe(new WorkQueue(stack, 'Mail', { queue: given('Given'), deadLetterQueue: given('Dead') }));
    Annotations.fromStack(stack).hasWarning('/Stack/News', Match.stringLikeRegexp('policy of the queue that Stack/Mail adopts'));
  });
});

describe('wiring', () => {
  test('a publisher may publish and nothing else, and is told the topic', () => {
    const stack = stackWith();
    worker(stack).use(new FanOut(stack, 'News', { orderBy: 'account' }), Access.WRITE);
    expect(statementsOf(stack).filter(({ Action }) => JSON.stringify(Action).includes('sns:'))).toEqual([
      { Action: 'sns:Publish', Effect: 'Allow', Resource: { Ref: 'NewsTopic' } },
    ]);
    expect(onlyOne(stack, 'AWS::Lambda::Function')).toMatchObject({
      Environment: { Variables: { NEWS_TOPIC_ARN: { Ref: 'NewsTopic' }, NEWS_ORDER_BY: 'account' } },
    });
  });

  test('a key of the customer is granted without wildcards, and the network gets a way', () => {
    const stack = stackWith(Profile.SANDBOX, {}, SOMEWHERE);
    const service = new FunctionService(stack, 'Worker', { handler: HANDLER, network: new Network(stack, 'Network') });
    service.use(new FanOut(stack, 'News', { encryptionKey: new Key(stack, 'Key') }), Access.WRITE, { name: 'told' });
    const actions = statementsOf(stack).flatMap(({ Action }) => Action).filter((action) => action.startsWith('kms:'));
    expect(actions.sort()).toEqual(['kms:Decrypt', 'kms:GenerateDataKey']);
    expect(Object.values(resourcesOf(stack)).map(({ Properties }) => Properties?.ServiceName)).toContain('com.amazonaws.eu-west-1.sns');
    expect(onlyOne(stack, 'AWS::Lambda::Function')).toMatchObject({ Environment: { Variables: { TOLD_TOPIC_ARN: {} } } });
  });

  test('events are published, and those that cannot be are kept', () => {
    const stack = stackWith();
    const news = new FanOut(stack, 'News', { disposable: true });
    new ObjectStore(stack, 'Files').on(ObjectEvent.CREATED, news);
    expect(onlyOne(stack, 'AWS::Events::Rule')).toMatchObject({
      Targets: [{ Arn: { Ref: 'NewsTopic' }, DeadLetterConfig: { Arn: arnOf('NewsDeadLetterQueue') } }],
    });
    expect(resourcesOf(stack).NewsDeadLetterQueue).toMatchObject({ DeletionPolicy: 'Delete' });
    expect(news.deadLetterQueue).toBeDefined();
    expect(() => news.eventTarget()).not.toThrow();
  });

  test('an adopted topic is used as it is', () => {
    const stack = stackWith(Profile.PRODUCTION);
    const news = new FanOut(stack, 'News', { topic: Topic.fromTopicArn(stack, 'Given', ARN) });
    news.subscribe(new WorkQueue(stack, 'Mail'));
    worker(stack).use(news, Access.WRITE);
    expect(namesOf(stack, TOPIC)).toEqual([]);
    expect(onlyOne(stack, SUBSCRIPTION)).toMatchObject({ TopicArn: ARN });
    expect(statementsOf(stack)).toContainEqual({ Action: 'sns:Publish', Effect: 'Allow', Resource: ARN });
  });
});

describe('refusals', () => {
  const asProps = (props: unknown) => props as FanOutProps;
  const rows: [string, (stack: Stack) => FanOutProps, string][] = [
    ['WrongType', () => asProps({ orderBy: 1, encryptionKey: 'k' }), "orderBy is 1, encryptionKey is 'k'"],
    ['AdoptOrShape', (stack) => ({ topic: Topic.fromTopicArn(stack, 'Given', ARN), orderBy: 'a' }), 'topic together with orderBy'],
    ['OrderByName', () => ({ orderBy: '' }), "orderBy is ''"],
    ['DeduplicateWithoutOrder', () => ({ deduplicateByContent: true }), 'deduplicateByContent without orderBy'],
    ['ManagedByTheConstruct', () => ({ topicProps: { topicName: 'x', fifo: true } }), 'topicProps has topicName, fifo'],
  ];
  test.each(rows)('%s', (code, props, given) => {
    const stack = stackWith();
    expect(refusedBy(() => new FanOut(stack, 'News', props(stack)))).toMatchObject([{ code: `FanOut.${code}`, given }]);
  });

  const six = Object.fromEntries([...'abcdef'].map((name) => [name, ['x']]));
  const many = Object.fromEntries([...'ab'].map((name) => [name, Array.from({ length: 13 }, (_, index) => `${index}`)]));
  const subscriptions: [string, unknown, SubscriptionOptions, string][] = [
    ['SubscriberWrongType', undefined, { filter: 'x' } as never, "filter is 'x'"],
    ['NotAQueue', 'function', {}, 'Stack/Worker as a subscriber'],
    ['FilterOn', undefined, { filterOn: FilterOn.BODY }, 'filterOn without filter'],
    ['FilterOn', undefined, { filter: { a: ['x'] }, filterOn: 'head' as FilterOn }, "filterOn is 'head'"],
    ['Filter', undefined, { filter: { kind: 'created' } }, "filter.kind is 'created'"],
    ['Filter', undefined, { filter: { a: { b: [] } }, filterOn: FilterOn.BODY }, 'filter.a.b is a list'],
    ['Filter', undefined, { filter: {} }, 'a filter of 0 names and 1 combinations of values'],
    ['Filter', undefined, { filter: six }, 'a filter of 6 names and 1 combinations of values'],
    ['Filter', undefined, { filter: many }, 'a filter of 2 names and 169 combinations of values'],
  ];
  test.each(subscriptions)('%s of %p with %j', (code, who, options, given) => {
    const stack = stackWith();
    const queue = who ? worker(stack) as unknown as WorkQueue : new WorkQueue(stack, 'Mail');
    expect(refusedBy(() => new FanOut(stack, 'News').subscribe(queue, options))).toMatchObject([{ code: `FanOut.${code}`, given }]);
  });

  test('every rule has a test', () => {
    const codes = [...rows, ...subscriptions].map(([code]) => `FanOut.${code}`);
    expect(new Set(codes)).toEqual(new Set([...FAN_OUT_RULES, ...SUBSCRIPTION_RULES].map(({ code }) => code)));
  });

  test('what is known only while wiring', () => {
    const stack = stackWith();
    const news = new FanOut(stack, 'News');
    const ledger = new WorkQueue(stack, 'Ledger', { orderBy: 'account' });
    const mail = new WorkQueue(stack, 'Mail');
    news.subscribe(mail);
    const found = (build: () => unknown) => refusedBy(build).map(({ code, given }) => [code, given]);
    expect(found(() => news.subscribe(ledger))).toEqual([['FanOut.OrderOfQueueOnly', 'the ordered queue Stack/Ledger behind a topic without order']]);
    expect(found(() => news.subscribe(mail, { filter: { a: ['x'] } }))).toEqual([['FanOut.SubscribedTwice', 'Stack/Mail a second time']]);
    expect(found(() => worker(stack).use(news, Access.READ_WRITE))).toEqual([['FanOut.ReadByUse', 'use(fanOut, read-write) by Stack/Worker']]);
    const ordered = new FanOut(stack, 'Ordered', { orderBy: 'a' });
    expect(found(() => ordered.eventTarget())).toEqual([['FanOut.EventsHaveNoOrder', 'an event rule whose target is an ordered topic']]);
  });

  test('one key of the stack for the topic and its queue, whose policy would be a circle; an imported one is fine', () => {
    const stack = stackWith();
    const subscribeWith = (id: string, encryptionKey: IKey) =>
      new FanOut(stack, `News${id}`, { encryptionKey }).subscribe(new WorkQueue(stack, `Mail${id}`, { encryptionKey }));
    const [refused] = refusedBy(() => subscribeWith('Own', new Key(stack, 'Key')));
    expect(refused).toMatchObject({ code: 'FanOut.SharedKey', given: 'the key Stack/Key for the topic and for Stack/MailOwn' });
    expect(subscribeWith('Imported', Key.fromKeyArn(stack, 'Imported', 'arn:aws:kms:eu-west-1:111122223333:key/k'))).toBeDefined();
  });
});

test('two stand in one stack and may feed the same queue', () => {
  const stack = stackWith();
  const queue = new WorkQueue(stack, 'Mail');
  ['One', 'Two'].forEach((id) => new FanOut(stack, id).subscribe(queue));
  expect(namesOf(stack, TOPIC)).toEqual(['OneTopic', 'TwoTopic']);
  expect(namesOf(stack, SUBSCRIPTION)).toHaveLength(2);
});
