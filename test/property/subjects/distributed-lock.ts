import { Duration } from 'aws-cdk-lib';
import { Table, TableClass } from 'aws-cdk-lib/aws-dynamodb';
import * as fc from 'fast-check';
import { DistributedLock, type DistributedLockProps } from '../../../lib/distributed-lock';
import { flag, NOT_DURATION, NOT_FLAG, NOT_OBJECT, optional, seconds, type Subject } from '../subject';

export const SUBJECTS: Record<string, Subject<object>> = {
  DistributedLock: {
    concept: 'DistributedLock',
    valid: () => optional<DistributedLockProps>({
      lease: seconds(1, 900),
      disposable: flag,
      tableProps: fc.record({ tableClass: fc.constantFrom(...Object.values(TableClass)) }),
    }),
    invalid: () => ({
      lease: [...NOT_DURATION, Duration.seconds(0), Duration.millis(1500), Duration.minutes(16)],
      disposable: NOT_FLAG,
      tableProps: NOT_OBJECT,
      table: [null, 'locks', {}],
      cache: [null, 'cache', {}],
      caches: [null, 'caches', {}, [], [null], ['cache'], [{}]],
    }),
    conflicting: (scope) => ({ table: [Table.fromTableName(scope, 'Imported', 'locks')] }),
    build: (scope, props) => new DistributedLock(scope, 'Subject', props),
  } satisfies Subject<DistributedLockProps>,
};
