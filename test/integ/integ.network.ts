// A function inside reaches the queue and the table it uses, through endpoints, and nothing of the internet. No NAT gateway.
import { IntegTest, Match } from '@aws-cdk/integ-tests-alpha';
import { App, Duration, Stack } from 'aws-cdk-lib';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { Access, FunctionService, Handler, KeyValueStore, Network, Profile, WorkQueue } from '../../lib';
import { expectSoon } from './expect-soon';

const app = new App({ analyticsReporting: false });
Profile.set(app, Profile.SANDBOX);
const stack = new Stack(app, 'integ-network');

const network = new Network(stack, 'Network', { flowLogs: true });
const jobs = new WorkQueue(stack, 'Jobs', { disposable: true });
const visits = new KeyValueStore(stack, 'Visits', { partitionKey: 'id', disposable: true });
const inside = new FunctionService(stack, 'Inside', {
  // Tells what answered; what has no way in or out does not answer at all.
  handler: Handler.fromCode(Code.fromInline(`
    const { DynamoDBClient, PutItemCommand } = require('@aws-sdk/client-dynamodb');
    const { SendMessageCommand, SQSClient } = require('@aws-sdk/client-sqs');
    const once = { maxAttempts: 1, requestHandler: { connectionTimeout: 3000, requestTimeout: 3000 } };
    const reached = (call) => call.then(() => true, () => false);
    exports.handler = async () => ({
      queue: await reached(new SQSClient(once).send(new SendMessageCommand({ QueueUrl: process.env.JOBS_QUEUE_URL, MessageBody: 'hello' }))),
      table: await reached(new DynamoDBClient(once).send(
        new PutItemCommand({ TableName: process.env.VISITS_TABLE_NAME, Item: { id: { S: '1' } } }))),
      internet: await reached(fetch('https://aws.amazon.com', { signal: AbortSignal.timeout(3000) })),
    });
  `)),
  timeout: Duration.seconds(15),
  network,
});
inside.use(jobs, Access.WRITE);
inside.use(visits, Access.WRITE);

const { assertions } = new IntegTest(app, 'Network', { testCases: [stack] });
expectSoon(assertions.invokeFunction({ functionName: inside.function.functionName, payload: '{}' }), {
  Payload: Match.serializedJson({ queue: true, table: true, internet: false }),
});

const filter = [{ Name: 'vpc-id', Values: [network.vpc.vpcId] }];
const gateway = (service: string) => Match.objectLike({ ServiceName: Match.stringLikeRegexp(`${service}$`), VpcEndpointType: 'Gateway' });
expectSoon(assertions.awsApiCall('EC2', 'describeVpcEndpoints', { Filters: filter }), {
  VpcEndpoints: Match.arrayWith([Match.objectLike({ ServiceName: Match.stringLikeRegexp('sqs$'), VpcEndpointType: 'Interface', State: 'available' })]),
});
['s3', 'dynamodb'].forEach((service) => expectSoon(assertions.awsApiCall('EC2', 'describeVpcEndpoints', { Filters: filter }), {
  VpcEndpoints: Match.arrayWith([gateway(service)]),
}));
expectSoon(assertions.awsApiCall('EC2', 'describeNatGateways', { Filter: filter }), { NatGateways: [] });
expectSoon(assertions.awsApiCall('EC2', 'describeFlowLogs', { Filter: [{ Name: 'resource-id', Values: [network.vpc.vpcId] }] }), {
  FlowLogs: [Match.objectLike({ TrafficType: 'ALL', FlowLogStatus: 'ACTIVE' })],
});
