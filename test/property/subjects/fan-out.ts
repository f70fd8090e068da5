import { Key } from 'aws-cdk-lib/aws-kms';
import * as fc from 'fast-check';
import { FanOut, type FanOutProps, FilterOn, type SubscriptionOptions } from '../../../lib/fan-out';
import { WorkQueue } from '../../../lib/work-queue';
import { attribute, flag, NOT_FLAG, NOT_OBJECT, NOT_TEXT, optional, type Subject } from '../subject';

const values = fc.array(fc.oneof(fc.string({ minLength: 1, maxLength: 10 }), fc.constantFrom({ prefix: 'a' }, { numeric: ['>', 5] })), {
  minLength: 1, maxLength: 2,
});
const filter = fc.dictionary(fc.stringMatching(/^[a-z]{1,8}$/), values, { minKeys: 1, maxKeys: 5, noNullPrototype: true });

export const SUBJECTS: Record<string, Subject<object>> = {
  FanOut: {
    concept: 'FanOut',
    valid: (scope) => {
      const plain = {
        encryptionKey: fc.constant(new Key(scope, 'Key')), disposable: flag, topicProps: fc.record({ displayName: fc.constant('news') }),
      };
      return fc.oneof(
        optional<FanOutProps>(plain),
        fc.tuple(optional<FanOutProps>(plain), attribute, flag)
          .map(([props, orderBy, deduplicateByContent]) => ({ ...props, orderBy, deduplicateByContent })),
      );
    },
    invalid: () => ({
      orderBy: [...NOT_TEXT, '', 'ü'.repeat(128)],
      deduplicateByContent: NOT_FLAG,
      encryptionKey: [null, 'arn', {}],
      disposable: NOT_FLAG,
      topicProps: [...NOT_OBJECT, { topicName: 'x' }, { fifo: true }, { enforceSSL: false }],
      topic: [null, 'arn', {}],
    }),
    build: (scope, props) => new FanOut(scope, 'Subject', props),
  } satisfies Subject<FanOutProps>,

  FanOutSubscription: {
    concept: 'FanOut',
    valid: () => fc.oneof(
      fc.constant({}), fc.record({ filter }), fc.record({ filter, filterOn: fc.constantFrom(...Object.values(FilterOn)) }),
    ),
    invalid: () => ({
      filter: [...NOT_OBJECT, {}, { kind: [] }, { kind: 'created' }, Object.fromEntries([...'abcdef'].map((name) => [name, ['x']]))],
      filterOn: [...NOT_TEXT, 'headers'],
    }),
    build: (scope, options) => new FanOut(scope, 'Subject').subscribe(new WorkQueue(scope, 'Queue'), options),
  } satisfies Subject<SubscriptionOptions>,
};
