import type { Rule } from '../core/rules';
import { show } from '../core/show';
import { typed } from '../core/typed';
import type { ChangeDataCaptureProps } from './change-data-capture';

/** What ChangeDataCapture refuses. How changes are read is held by the rules of KeyValueStore. */
export const CHANGE_DATA_CAPTURE_RULES: readonly Rule<ChangeDataCaptureProps>[] = [
  {
    code: 'ChangeDataCapture.WrongType',
    first: true,
    check: (props) => typed(props, {
      source: 'construct',
      worker: 'construct',
      consumerName: 'text',
      batchSize: 'number',
      batchWindow: 'duration',
      parallelization: 'number',
      maxAttempts: 'number',
      maxLag: 'duration',
    }),
  },
  {
    code: 'ChangeDataCapture.NoSource',
    check: ({ source }) => typeof source?.consumedBy === 'function' && source.table !== undefined
      ? undefined
      : { given: `source is ${show(source)}`, allowed: 'a KeyValueStore' },
  },
  {
    code: 'ChangeDataCapture.NoStreamWorker',
    check: ({ worker }) => typeof worker?.workStream === 'function'
      ? undefined
      : { given: `worker is ${show(worker)}`, allowed: 'compute that can work a stream: a FunctionService; containers have nothing that polls one' },
  },
];
