import { Duration } from 'aws-cdk-lib';
import * as fc from 'fast-check';
import { ChangeDataCapture, type ChangeDataCaptureProps } from '../../../lib/change-data-capture';
import { FunctionService } from '../../../lib/function-service';
import { KeyValueStore } from '../../../lib/key-value-store';
import { HANDLER } from '../../support/stacks';
import { NOT_DURATION, NOT_NUMBER, NOT_TEXT, seconds, type Subject } from '../subject';

export const SUBJECTS: Record<string, Subject<object>> = {
  ChangeDataCapture: {
    concept: 'ChangeDataCapture',
    madeOf: ['KeyValueStore', 'FunctionService'],
    valid: (scope) => fc.record({
      source: fc.constant(new KeyValueStore(scope, 'Store', { partitionKey: 'id' })),
      worker: fc.constant(new FunctionService(scope, 'Worker', { handler: HANDLER })),
      consumerName: fc.stringMatching(/^[A-Za-z][A-Za-z0-9-]{0,20}$/),
      batchSize: fc.integer({ min: 1, max: 10_000 }),
      batchWindow: seconds(1, 300),
      parallelization: fc.integer({ min: 1, max: 10 }),
      maxAttempts: fc.integer({ min: 1, max: 10_000 }),
      maxLag: seconds(1, 86_400),
    }, { requiredKeys: ['source', 'worker', 'batchWindow'] }),
    invalid: (scope) => ({
      source: [null, undefined, 'store', {}, scope],
      worker: [null, undefined, 'worker', {}, scope],
      consumerName: [...NOT_TEXT, '', '1st', 'a b', 'x'.repeat(65)],
      batchSize: [...NOT_NUMBER, 0, 10_001, 1.5],
      batchWindow: [...NOT_DURATION, Duration.seconds(301)],
      parallelization: [...NOT_NUMBER, 0, 11],
      maxAttempts: [...NOT_NUMBER, 0, 10_001],
      maxLag: [...NOT_DURATION, Duration.seconds(0), Duration.days(2)],
    }),
    build: (scope, props) => new ChangeDataCapture(scope, 'Subject', props),
  } satisfies Subject<ChangeDataCaptureProps>,
};
