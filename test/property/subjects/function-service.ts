import { Duration } from 'aws-cdk-lib';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import * as fc from 'fast-check';
import { FunctionService, type FunctionServiceProps } from '../../../lib/function-service';
import { HANDLER, plainFunction } from '../../support/stacks';
import { NOT_DURATION, NOT_NUMBER, NOT_OBJECT, optional, seconds, type Subject } from '../subject';

export const SUBJECTS: Record<string, Subject<object>> = {
  FunctionService: {
    concept: 'FunctionService',
    valid: () => optional<FunctionServiceProps>({
      memorySize: fc.integer({ min: 128, max: 10_240 }),
      timeout: seconds(1, 900),
      maxConcurrency: fc.integer({ min: 1, max: 1000 }),
      environment: fc.dictionary(fc.stringMatching(/^[A-Za-z][A-Za-z0-9_]{1,20}$/), fc.string({ maxLength: 20 }), { maxKeys: 5 }),
      logRetention: fc.constantFrom(RetentionDays.ONE_DAY, RetentionDays.ONE_YEAR, RetentionDays.INFINITE),
      functionProps: fc.record({ description: fc.string({ maxLength: 50 }) }),
    }).map((props) => ({ handler: HANDLER, ...props })),
    invalid: () => ({
      handler: [null, 'url-shortener/redirect', {}, { code: 'x' }],
      memorySize: [...NOT_NUMBER, 127, 10_241, 128.5, NaN],
      timeout: [...NOT_DURATION, Duration.seconds(0), Duration.minutes(16), Duration.millis(1500)],
      maxConcurrency: [...NOT_NUMBER, 0, -1, 1.5],
      environment: [...NOT_OBJECT, { A: 'too short' }, { 'A-B': 'x' }, { PORT: 80 }, { HOST: null }],
      logRetention: NOT_NUMBER,
      functionProps: [...NOT_OBJECT, { tracing: 'Active' }, { events: [] }],
      function: [null, 'arn:aws:lambda:eu-west-1:111122223333:function:f', {}],
    }),
    conflicting: (scope) => ({ handler: [undefined], function: [plainFunction(scope, 'Plain')] }),
    build: (scope, props) => new FunctionService(scope, 'Subject', props),
  } satisfies Subject<FunctionServiceProps>,
};
