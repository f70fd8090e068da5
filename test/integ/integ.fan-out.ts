// Every queue that subscribed gets what was published, a filter lets through what matches, and a publisher cannot subscribe.
import { IntegTest, Match } from '@aws-cdk/integ-tests-alpha';
import { App, Stack } from 'aws-cdk-lib';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { Access, FanOut, FunctionService, Handler, Profile, WorkQueue } from '../../lib';
import { expectSoon } from './expect-soon';

const app = new App({ analyticsReporting: false });
Profile.set(app, Profile.SANDBOX);
const stack = new Stack(app, 'integ-fan-out');

const news = new FanOut(stack, 'News');
const all = new WorkQueue(stack, 'All', { disposable: true });
const created = new WorkQueue(stack, 'Created', { disposable: true });
const ordered = new FanOut(stack, 'Ordered', { orderBy: 'account' });
const ledger = new WorkQueue(stack, 'Ledger', { orderBy: 'account', disposable: true });
news.subscribe(all);
news.subscribe(created, { filter: { kind: ['created'] } });
ordered.subscribe(ledger);

// Publishes one message of each kind, and three in order; or tries to list who subscribed.
const publisher = new FunctionService(stack, 'Publisher', {
  handler: Handler.fromCode(Code.fromInline(`
    const { SNS } = require('@aws-sdk/client-sns');
    const sns = new SNS({});
    const { NEWS_TOPIC_ARN, ORDERED_TOPIC_ARN } = process.env;
    exports.handler = async ({ list }) => {
      try {
        if (list) await sns.listSubscriptionsByTopic({ TopicArn: NEWS_TOPIC_ARN });
        for (const kind of ['created', 'changed']) {
          const MessageAttributes = { kind: { DataType: 'String', StringValue: kind } };
          await sns.publish({ TopicArn: NEWS_TOPIC_ARN, Message: JSON.stringify({ kind }), MessageAttributes });
        }
        for (const id of ['1', '2', '3']) {
          const Message = JSON.stringify({ account: 'a', id });
          await sns.publish({ TopicArn: ORDERED_TOPIC_ARN, Message, MessageGroupId: 'a', MessageDeduplicationId: id });
        }
        return { done: true };
      } catch ({ name }) {
        return { error: name };
      }
    };
  `)),
});
publisher.use(news, Access.WRITE);
publisher.use(ordered, Access.WRITE);

const { assertions } = new IntegTest(app, 'FanOut', { testCases: [stack] });
const call = (event: object) =>
  assertions.invokeFunction({ functionName: publisher.function.functionName, payload: JSON.stringify(event) });
const waiting = (queue: WorkQueue, messages: number) => expectSoon(assertions.awsApiCall('SQS', 'getQueueAttributes', {
  QueueUrl: queue.queue.queueUrl, AttributeNames: ['ApproximateNumberOfMessages'],
}), { Attributes: { ApproximateNumberOfMessages: String(messages) } });

// Not asserted by itself: what waits calls again, and would publish again. What arrives tells whether it was done.
call({})
  .next(waiting(all, 2))
  .next(waiting(created, 1))
  .next(waiting(ledger, 3));
expectSoon(call({ list: true }), { Payload: Match.serializedJson({ error: 'AuthorizationErrorException' }) });
