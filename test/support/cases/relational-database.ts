import { Duration, type Stack } from 'aws-cdk-lib';
import { SecurityGroup } from 'aws-cdk-lib/aws-ec2';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Access, TrafficEstimate } from '../../../lib/core';
import { FunctionService } from '../../../lib/function-service';
import { Network } from '../../../lib/network';
import { RelationalDatabase, type RelationalDatabaseProps } from '../../../lib/relational-database';
import { HANDLER } from '../stacks';
import type { Case } from './case';

const used = (name: string, access: Access, props: (stack: Stack) => RelationalDatabaseProps = () => ({})): Case => ({
  name: `RelationalDatabase, ${name}`,
  build: (stack) => {
    const worker = new FunctionService(stack, 'Worker', { handler: HANDLER, network: Network.of(stack) });
    worker.use(new RelationalDatabase(stack, 'Orders', props(stack)), access);
  },
});

export const CASES: readonly Case[] = [
  { name: 'RelationalDatabase, minimal', build: (stack) => { new RelationalDatabase(stack, 'Orders'); } },
  used('read', Access.READ, () => ({ disposable: true })),
  used('maximal', Access.READ_WRITE, (stack) => ({
    databaseName: 'shop',
    engineVersion: '16.9',
    readers: 2,
    minCapacity: 1,
    maxCapacity: 16,
    slowQuery: Duration.millis(200),
    maxReplicaLag: Duration.millis(500),
    backupRetention: Duration.days(35),
    traffic: new TrafficEstimate({ requestsPerSecond: 100 }),
    encryptionKey: new Key(stack, 'PlainKey', { enableKeyRotation: true }),
    disposable: true,
  })),
  used('pooled', Access.READ_WRITE, () => ({ pool: true, readers: 1 })),
  {
    name: 'RelationalDatabase, adopted',
    build: (stack) => {
      const securityGroup = SecurityGroup.fromSecurityGroupId(stack, 'PlainGroup', 'sg-0123456789abcdef0');
      const secret = Secret.fromSecretCompleteArn(stack, 'PlainSecret', 'arn:aws:secretsmanager:eu-west-1:111122223333:secret:orders-AbCdEf');
      const database = new RelationalDatabase(stack, 'Orders', { database: { endpoint: 'db.example.com', securityGroup, secret } });
      new FunctionService(stack, 'Worker', { handler: HANDLER, network: Network.of(stack) }).use(database, Access.WRITE);
    },
  },
];
