import { Key } from 'aws-cdk-lib/aws-kms';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { Access, FanOut, FilterOn, ObjectEvent, ObjectStore, WorkQueue } from '../../../lib';
import { type Case, worker } from './case';

export const CASES: readonly Case[] = [
  { name: 'FanOut, minimal', build: (stack) => { new FanOut(stack, 'News'); } },
  {
    name: 'FanOut, used, with subscribers and events',
    build: (stack) => {
      const news = new FanOut(stack, 'News', { disposable: true });
      news.subscribe(new WorkQueue(stack, 'All'));
      news.subscribe(new WorkQueue(stack, 'Some'), { filter: { kind: ['created'] } });
      worker(stack).use(news, Access.WRITE);
      new ObjectStore(stack, 'Files').on(ObjectEvent.CREATED, news);
    },
  },
  {
    name: 'FanOut, ordered and with keys of the customer',
    build: (stack) => {
      const encryptionKey = new Key(stack, 'PlainKey', { enableKeyRotation: true });
      const news = new FanOut(stack, 'News', {
        orderBy: 'account', deduplicateByContent: true, encryptionKey, topicProps: { messageRetentionPeriodInDays: 7 },
      });
      const keyOfQueues = new Key(stack, 'PlainKeyOfQueues', { enableKeyRotation: true });
      news.subscribe(new WorkQueue(stack, 'Ledger', { orderBy: 'account', encryptionKey: keyOfQueues }), {
        filter: { payment: { amount: [{ numeric: ['>', 100] }] } }, filterOn: FilterOn.BODY,
      });
      news.subscribe(new WorkQueue(stack, 'Audit'));
      worker(stack).use(news, Access.WRITE);
    },
  },
  {
    name: 'FanOut, adopted and used',
    build: (stack) => {
      const topic = Topic.fromTopicArn(stack, 'PlainNews', 'arn:aws:sns:eu-west-1:111122223333:news');
      const news = new FanOut(stack, 'News', { topic });
      news.subscribe(new WorkQueue(stack, 'All'));
      worker(stack).use(news, Access.WRITE);
    },
  },
];
