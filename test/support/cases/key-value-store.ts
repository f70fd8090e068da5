import { AttributeType, Billing, StreamViewType, TableEncryptionV2 } from 'aws-cdk-lib/aws-dynamodb';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Access } from '../../../lib/core';
import { FunctionService } from '../../../lib/function-service';
import { KeyValueStore } from '../../../lib/key-value-store';
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
        indexes: [{ indexName: 'byEmail', partitionKey: { name: 'email', type: AttributeType.STRING } }],
        billing: Billing.onDemand({ maxReadRequestUnits: 100 }),
        encryption: TableEncryptionV2.customerManagedKey(new Key(stack, 'PlainKey', { enableKeyRotation: true })),
        stream: StreamViewType.NEW_AND_OLD_IMAGES,
        disposable: true,
        tableProps: { contributorInsightsSpecification: { enabled: true } },
      });
      worker(stack).use(store, Access.READ_WRITE);
      store.grantRead(new Role(stack, 'PlainReader', { assumedBy: new ServicePrincipal('ecs-tasks.amazonaws.com') }));
      const role = new Role(stack, 'PlainRole', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
      new FunctionService(stack, 'Adopted', { function: plainFunction(stack, 'Plain', { role }) }).use(store, Access.READ);
    },
  },
];
