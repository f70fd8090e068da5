import { Duration, type Stack } from 'aws-cdk-lib';
import { Metric } from 'aws-cdk-lib/aws-cloudwatch';
import { ContainerService } from '../../../lib/container-service';
import { Access } from '../../../lib/core';
import { DistributedLock } from '../../../lib/distributed-lock';
import { LeaderElection, type LeaderElectionProps } from '../../../lib/leader-election';
import type { Case } from './case';
import { imageIn } from './container-service';

const used = (name: string, props: (stack: Stack) => LeaderElectionProps): Case => ({
  name: `LeaderElection, ${name}`,
  build: (stack) => {
    new ContainerService(stack, 'Shop', { image: imageIn(stack) }).use(new LeaderElection(stack, 'Office', props(stack)), Access.WRITE);
  },
});

export const CASES: readonly Case[] = [
  { name: 'LeaderElection, minimal', build: (stack) => { new LeaderElection(stack, 'Office'); } },
  used('maximal and used', () => ({
    lease: Duration.seconds(30), disposable: true, leading: new Metric({ namespace: 'Shop', metricName: 'Leading' }),
  })),
  used('by a lock that is shared', (stack) => ({ lock: new DistributedLock(stack, 'Locks') })),
];
