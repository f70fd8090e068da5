import { Duration } from 'aws-cdk-lib';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Topic } from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';
import * as fc from 'fast-check';
import { FunctionService } from '../../../lib/function-service';
import { Saga, type SagaProps, type SagaStep, type StepRetry } from '../../../lib/saga';
import { HANDLER } from '../../support/stacks';
import { NOT_NUMBER, NOT_OBJECT, NOT_TEXT, optional, seconds, type Subject } from '../subject';

const retry = optional<StepRetry>({
  maxAttempts: fc.integer({ min: 1, max: 100 }), firstDelay: seconds(1, 60), maxDelay: seconds(60, 86_400),
});

/** Functions to do and undo with: two of them, made when they are asked for. */
function functions(scope: Construct): fc.Arbitrary<FunctionService> {
  const made = new Map<string, FunctionService>();
  return fc.constantFrom('One', 'Two').map((id) => {
    const service = made.get(id) ?? new FunctionService(scope, id, { handler: HANDLER });
    made.set(id, service);
    return service;
  });
}

const step = (scope: Construct, name: string): fc.Arbitrary<SagaStep> => {
  const service = functions(scope);
  return fc.record({ name: fc.constant(name), do: service, undo: service, retry }, { requiredKeys: ['name', 'do'] });
};

export const SUBJECTS: Record<string, Subject<object>> = {
  Saga: {
    concept: 'Saga',
    valid: (scope) => {
      const service = functions(scope);
      const steps = fc.uniqueArray(fc.stringMatching(/^[A-Za-z][A-Za-z0-9_]{0,59}$/), { minLength: 1, maxLength: 6 })
        .chain((names) => fc.tuple(...names.map((name) => fc.record({
          name: fc.constant(name), do: service, undo: service, retry,
        }, { requiredKeys: ['name', 'do'] }))));
      return fc.record({
        steps,
        undoRetry: retry,
        logRetention: fc.constantFrom(RetentionDays.ONE_DAY, RetentionDays.ONE_YEAR),
        stateMachineProps: fc.record({ comment: fc.stringMatching(/^[a-z ]{1,20}$/) }),
      }, { requiredKeys: ['steps'] });
    },
    invalid: (scope) => {
      const [good] = fc.sample(step(scope, 'A'), { numRuns: 1, seed: 1 });
      const wrong = (change: object) => [{ ...good!, ...change }];
      return {
        steps: [
          undefined, ...NOT_OBJECT, {}, [null], [{}], [good, good], Array.from({ length: 51 }, (_, index) => ({ ...good, name: `S${index}` })),
          ...[...NOT_TEXT, '', '1', 'a b', 'a-b', 'x'.repeat(61)].map((name) => wrong({ name })),
          ...[...NOT_OBJECT, {}, undefined, new Topic(scope, 'Do')].map((value) => wrong({ do: value })),
          ...[...NOT_OBJECT, {}, new Topic(scope, 'Undo')].map((value) => wrong({ undo: value })),
          ...[...NOT_OBJECT, { maxAttempts: 0 }, { firstDelay: Duration.days(2) }].map((value) => wrong({ retry: value })),
        ],
        undoRetry: [...NOT_OBJECT, { maxAttempts: 101 }, { maxAttempts: '5' }, { firstDelay: Duration.minutes(2), maxDelay: Duration.minutes(1) }],
        logRetention: NOT_NUMBER,
        stateMachineProps: [...NOT_OBJECT, { timeout: Duration.hours(1) }, { definitionBody: {} }, { role: {} }],
      };
    },
    build: (scope, props) => new Saga(scope, 'Subject', props),
  } satisfies Subject<SagaProps>,
};
