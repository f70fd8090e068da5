import { Duration, SecretValue } from 'aws-cdk-lib';
import { Key } from 'aws-cdk-lib/aws-kms';
import * as fc from 'fast-check';
import { FunctionService } from '../../../lib/function-service';
import { SecretStore, type SecretStoreProps } from '../../../lib/secret-store';
import { HANDLER } from '../../support/stacks';
import { flag, NOT_DURATION, NOT_FLAG, NOT_NUMBER, NOT_OBJECT, NOT_TEXT, optional, type Subject } from '../subject';

const name = fc.stringMatching(/^[a-z]{1,12}$/).filter((text) => !/pass|secret|token|credential|private|key/.test(text));

export const SUBJECTS: Record<string, Subject<object>> = {
  SecretStore: {
    concept: 'SecretStore',
    valid: (scope) => {
      const worker = new FunctionService(scope, 'Worker', { handler: HANDLER });
      const every = fc.oneof(
        fc.integer({ min: 1, max: 1000 }).map((days) => Duration.days(days)),
        fc.integer({ min: 4, max: 23 }).map((hours) => Duration.hours(hours)),
      );
      return optional<SecretStoreProps>({
        description: fc.string({ minLength: 1, maxLength: 60 }),
        length: fc.integer({ min: 8, max: 4096 }),
        excludeCharacters: fc.constantFrom('"@/\\', ' '),
        excludePunctuation: flag,
        fields: fc.dictionary(name, fc.string({ maxLength: 20 }), { maxKeys: 3, noNullPrototype: true }),
        generatedField: fc.stringMatching(/^[A-Z][a-z]{0,12}$/),
        rotation: fc.record({ worker: fc.constant(worker), every, atOnce: flag }),
        encryptionKey: fc.constant(new Key(scope, 'Key')),
        disposable: flag,
        secretProps: fc.record({ replicaRegions: fc.constant([{ region: 'eu-central-1' }]) }),
      });
    },
    invalid: (scope) => {
      const worker = new FunctionService(scope, 'Other', { handler: HANDLER });
      return {
        description: [...NOT_TEXT, '', 'x'.repeat(2049)],
        length: [...NOT_NUMBER, 7, 4097, 8.5],
        excludeCharacters: [...NOT_TEXT, ''],
        excludePunctuation: NOT_FLAG,
        fields: [...NOT_OBJECT, { user: 5 }, { apiKey: 'abc' }, { password: 'x' }],
        generatedField: [...NOT_TEXT, ''],
        rotation: [
          ...NOT_OBJECT, {}, { worker }, { worker, every: Duration.hours(3) }, { worker: scope, every: Duration.days(1) },
          ...NOT_DURATION.map((every) => ({ worker, every })),
        ],
        encryptionKey: [null, 'arn', {}],
        disposable: NOT_FLAG,
        secretProps: [
          ...NOT_OBJECT, { secretName: 'x' }, { secretStringValue: SecretValue.unsafePlainText('x') }, { generateSecretString: {} },
        ],
        secret: [null, 'arn', {}],
      };
    },
    build: (scope, props) => new SecretStore(scope, 'Subject', props),
  } satisfies Subject<SecretStoreProps>,
};
