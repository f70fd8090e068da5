import { Duration } from 'aws-cdk-lib';
import { AttributeType, Billing, Capacity, StreamViewType, TableClass, TableEncryptionV2 } from 'aws-cdk-lib/aws-dynamodb';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Access, TrafficEstimate } from '../../../lib/core';
import { FunctionService } from '../../../lib/function-service';
import { KeyValueStore, ReplicaConsistency } from '../../../lib/key-value-store';
import { plainFunction } from '../stacks';
import { type Case, worker } from './case';

export const CASES: readonly Case[] = [
  { name: 'KeyValueStore, minimal', build: (stack) => { new KeyValueStore(stack, 'Store', { partitionKey: 'id' }); } },
  {
    name: 'KeyValueStore, maximal and used',
    build: (stack) => {
      const store = new KeyValueStore(stack, 'Store', {
        partitionKey: 'id',
        sortKey: 'at',
        sortKeyType: AttributeType.NUMBER,
        timeToLive: 'expiresAt',
        accessPatterns: [{ name: 'byEmail', partitionKey: 'email', sortKey: 'at', sortKeyType: AttributeType.NUMBER, attributes: ['name'] }],
        findHotKeys: true,
        recoveryPeriod: Duration.days(7),
        billing: Billing.onDemand({ maxReadRequestUnits: 100 }),
        encryption: TableEncryptionV2.customerManagedKey(new Key(stack, 'PlainKey', { enableKeyRotation: true })),
        stream: StreamViewType.NEW_AND_OLD_IMAGES,
        disposable: true,
        tableProps: { tableClass: TableClass.STANDARD_INFREQUENT_ACCESS },
      });
      worker(stack).use(store, Access.READ_WRITE);
      store.grantRead(new Role(stack, 'PlainReader', { assumedBy: new ServicePrincipal('ecs-tasks.amazonaws.com') }));
      const role = new Role(stack, 'PlainRole', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
      new FunctionService(stack, 'Adopted', { function: plainFunction(stack, 'Plain', { role }) }).use(store, Access.READ);
    },
  },
  {
    name: 'KeyValueStore, consumed, with ceilings',
    build: (stack) => {
      const traffic = new TrafficEstimate({ requestsPerSecond: 100 });
      new KeyValueStore(stack, 'Store', { partitionKey: 'id', traffic }).consumedBy(worker(stack), { idempotent: true, maxAttempts: 3 });
    },
  },
  {
    name: 'KeyValueStore, strongly consistent in three regions',
    build: (stack) => {
      new KeyValueStore(stack, 'Store', { partitionKey: 'id', replicas: ['eu-central-1', 'eu-west-2'], consistency: ReplicaConsistency.STRONG });
    },
  },
  {
    name: 'KeyValueStore, provisioned with autoscaling',
    build: (stack) => {
      const billing = Billing.provisioned({
        readCapacity: Capacity.autoscaled({ maxCapacity: 100 }), writeCapacity: Capacity.autoscaled({ maxCapacity: 50 }),
      });
      new KeyValueStore(stack, 'Store', { partitionKey: 'id', billing });
    },
  },
];
