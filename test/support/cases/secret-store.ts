import { Duration } from 'aws-cdk-lib';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Access, FunctionService, SecretStore } from '../../../lib';
import { HANDLER } from '../stacks';
import { type Case, worker } from './case';

export const CASES: readonly Case[] = [
  { name: 'SecretStore, minimal', build: (stack) => { new SecretStore(stack, 'Store'); } },
  {
    name: 'SecretStore, maximal, rotated and used',
    build: (stack) => {
      const rotator = new FunctionService(stack, 'Rotator', { handler: HANDLER });
      const store = new SecretStore(stack, 'Store', {
        description: 'signs in',
        length: 64,
        excludeCharacters: '"@/\\',
        fields: { username: 'app' },
        rotation: { worker: rotator, every: Duration.days(30) },
        encryptionKey: new Key(stack, 'PlainKey', { enableKeyRotation: true }),
        disposable: true,
        secretProps: { replicaRegions: [{ region: 'eu-central-1' }] },
      });
      worker(stack).use(store, Access.READ_WRITE);
    },
  },
  {
    name: 'SecretStore, adopted and used',
    build: (stack) => {
      const secret = Secret.fromSecretCompleteArn(stack, 'PlainSecret', 'arn:aws:secretsmanager:eu-west-1:111122223333:secret:stripe-AbCdEf');
      worker(stack).use(new SecretStore(stack, 'Store', { secret }), Access.READ);
    },
  },
];
