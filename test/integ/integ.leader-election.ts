// The tasks of a service find the office to stand for, and the lock in it expires. Who leads is proven by test/contention.
import { IntegTest, Match } from '@aws-cdk/integ-tests-alpha';
import { App, Duration, Stack } from 'aws-cdk-lib';
import { ContainerImage } from 'aws-cdk-lib/aws-ecs';
import { Access, ContainerService, Egress, LeaderElection, Network, Profile } from '../../lib';
import { expectSoon } from './expect-soon';

const app = new App({ analyticsReporting: false });
Profile.set(app, Profile.SANDBOX);
const stack = new Stack(app, 'integ-leader-election');

// A public image, so that the account needs none of its own. A task that does not find the office ends.
const candidates = new ContainerService(stack, 'Candidates', {
  image: ContainerImage.fromRegistry('public.ecr.aws/docker/library/node:24-alpine'),
  network: new Network(stack, 'Network', { egress: Egress.SINGLE_NAT }),
  scaling: { min: 2, max: 2 },
  user: 'node',
  command: ['node', '-e', 'if (process.env.OFFICE_LOCK === "10000" && process.env.OFFICE_TABLE_NAME) setInterval(() => {}, 1000)'],
});
const office = new LeaderElection(stack, 'Office', { disposable: true });
candidates.use(office, Access.WRITE);

const { assertions } = new IntegTest(app, 'LeaderElection', { testCases: [stack] });
const { serviceName } = candidates.service;
expectSoon(assertions.awsApiCall('ECS', 'describeServices', { cluster: candidates.cluster.clusterName, services: [serviceName] }), {
  services: [Match.objectLike({ runningCount: 2 })],
}, Duration.minutes(5));
// A new table takes its time to switch expiry on.
expectSoon(assertions.awsApiCall('DynamoDB', 'describeTimeToLive', { TableName: office.lock.table!.tableName }), {
  TimeToLiveDescription: { TimeToLiveStatus: 'ENABLED', AttributeName: 'ttl' },
}, Duration.minutes(15));
