import { TableEncryptionV2 } from 'aws-cdk-lib/aws-dynamodb';
import { adoptsOrShapes } from '../core/checks';
import type { Rule } from '../core/rules';
import { show } from '../core/show';
import { typed } from '../core/typed';
import type { ProjectionProps } from './projection';

/** What stays a choice when the table of the view is adopted. */
const READING = ['store', 'worker', 'batchSize', 'batchWindow', 'parallelization', 'maxAttempts', 'maxLag'] as const;

/** What Projection refuses. How events are read is held by the rules of KeyValueStore. */
export const PROJECTION_RULES: readonly Rule<ProjectionProps>[] = [
  {
    code: 'Projection.WrongType',
    first: true,
    check: (props) => typed(props, {
      store: 'construct',
      worker: 'construct',
      batchSize: 'number',
      batchWindow: 'duration',
      parallelization: 'number',
      maxAttempts: 'number',
      maxLag: 'duration',
      encryption: TableEncryptionV2,
      disposable: 'flag',
      tableProps: 'object',
      table: 'construct',
    }),
  },
  { code: 'Projection.AdoptOrShape', check: (props) => adoptsOrShapes('table', props, READING) },
  {
    code: 'Projection.NoStore',
    check: ({ store }) => typeof store?.grantAppend === 'function'
      ? undefined
      : { given: `store is ${show(store)}`, allowed: 'an EventStore' },
  },
  {
    code: 'Projection.NoStreamWorker',
    check: ({ worker }) => typeof worker?.workStream === 'function'
      ? undefined
      : { given: `worker is ${show(worker)}`, allowed: 'compute that can work a stream: a FunctionService; containers have nothing that polls one' },
  },
];
