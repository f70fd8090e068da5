import { Duration } from 'aws-cdk-lib';
import { Key } from 'aws-cdk-lib/aws-kms';
import * as fc from 'fast-check';
import { TrafficEstimate } from '../../../lib/core';
import { RelationalDatabase, type RelationalDatabaseProps } from '../../../lib/relational-database';
import { flag, NOT_DURATION, NOT_FLAG, NOT_NUMBER, NOT_OBJECT, NOT_TEXT, optional, type Subject } from '../subject';

const halves = (min: number, max: number) => fc.integer({ min: min * 2, max: max * 2 }).map((value) => value / 2);

export const SUBJECTS: Record<string, Subject<object>> = {
  RelationalDatabase: {
    concept: 'RelationalDatabase',
    valid: (scope) => fc.record({
      rest: optional({
        databaseName: fc.stringMatching(/^[a-z][a-z0-9_]{0,62}$/)
          .filter((name) => !/^(postgres|rdsadmin|template[01])$/.test(name)),
        engineVersion: fc.constantFrom('14.12', '15.7', '16.9', '17.5', '17.7', '18.3'),
        slowQuery: fc.integer({ min: 1, max: 3_600_000 }).map((ms) => Duration.millis(ms)),
        backupRetention: fc.integer({ min: 1, max: 35 }).map((days) => Duration.days(days)),
        traffic: fc.integer({ min: 1, max: 100_000 }).map((requestsPerSecond) => new TrafficEstimate({ requestsPerSecond })),
        encryptionKey: fc.constant(new Key(scope, 'Key')),
        disposable: flag,
      }),
      readers: optional({
        readers: fc.integer({ min: 1, max: 15 }),
        maxReplicaLag: fc.integer({ min: 1, max: 3_600_000 }).map((ms) => Duration.millis(ms)),
      }),
      capacity: fc.oneof(
        optional({ minCapacity: halves(0.5, 8), maxCapacity: halves(8, 256), pool: flag }),
        fc.integer({ min: 300, max: 86_400 }).map((seconds) => ({ minCapacity: 0, autoPause: Duration.seconds(seconds) })),
      ),
    }).map(({ rest, readers, capacity }): RelationalDatabaseProps => ({ ...rest, ...readers, ...capacity })),
    invalid: () => ({
      databaseName: [...NOT_TEXT, '', 'Orders', '1st', 'postgres', 'a'.repeat(64)],
      engineVersion: [...NOT_TEXT, '', '13.9', '17', 'latest'],
      readers: [...NOT_NUMBER, -1, 16, 1.5],
      minCapacity: [...NOT_NUMBER, -1, 0.3, 257],
      maxCapacity: [...NOT_NUMBER, 0.5, 1.2, 257],
      autoPause: [...NOT_DURATION, Duration.minutes(1), Duration.days(2)],
      pool: NOT_FLAG,
      slowQuery: [...NOT_DURATION, Duration.millis(0), Duration.hours(2)],
      maxReplicaLag: [...NOT_DURATION, Duration.millis(0), Duration.hours(2)],
      backupRetention: [...NOT_DURATION, Duration.days(36), Duration.hours(12)],
      traffic: [...NOT_OBJECT, {}],
      network: [null, 'vpc-1', {}],
      encryptionKey: [null, 'arn:aws:kms:eu-west-1:111122223333:key/k', {}],
      disposable: NOT_FLAG,
      database: [...NOT_OBJECT, {}, { endpoint: 5 }],
    }),
    build: (scope, props) => new RelationalDatabase(scope, 'Subject', props),
  } satisfies Subject<RelationalDatabaseProps>,
};
