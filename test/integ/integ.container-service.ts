// A service comes up from its image, is found by its name, and only by who was let in; its code does what it was granted.
import { IntegTest } from '@aws-cdk/integ-tests-alpha';
import { App, Duration, Stack } from 'aws-cdk-lib';
import { ContainerImage } from 'aws-cdk-lib/aws-ecs';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { Access, ContainerService, Egress, FunctionService, Handler, Network, Profile } from '../../lib';
import { expectSoon } from './expect-soon';

const app = new App({ analyticsReporting: false });
Profile.set(app, Profile.SANDBOX);
const stack = new Stack(app, 'integ-container-service');

// A public image, so that the account needs none of its own.
const network = new Network(stack, 'Network', { egress: Egress.SINGLE_NAT });
const shop = new ContainerService(stack, 'Shop', {
  image: ContainerImage.fromRegistry('public.ecr.aws/docker/library/node:24-alpine'),
  network,
  port: 8080,
  discoverAs: 'shop',
  user: 'node',
  command: ['node', '-e', 'require("node:http").createServer((_, answer) => answer.end(process.arch)).listen(8080)'],
});
const code = Handler.fromCode(Code.fromInline(`
  exports.handler = async () => {
    const answer = await fetch(process.env.SHOP_URL ?? process.env.ADDRESS, { signal: AbortSignal.timeout(5000) });
    return answer.text();
  };
`));
const friend = new FunctionService(stack, 'Friend', { handler: code, network });
friend.use(shop, Access.READ);
const stranger = new FunctionService(stack, 'Stranger', {
  handler: code, network, environment: { ADDRESS: 'http://shop.integ-container-service.internal:8080' },
});

const { assertions } = new IntegTest(app, 'ContainerService', { testCases: [stack] });
const minutes = Duration.minutes(5);
expectSoon(assertions.invokeFunction({ functionName: friend.function.functionName }), { Payload: '"arm64"' }, minutes)
  .next(expectSoon(assertions.invokeFunction({ functionName: stranger.function.functionName }), { FunctionError: 'Unhandled' }, minutes))
  .next(expectSoon(
    assertions.awsApiCall('ECS', 'describeServices', { cluster: shop.cluster.clusterName, services: [shop.service.serviceName] }),
    { services: [{ runningCount: 1, deploymentConfiguration: { deploymentCircuitBreaker: { enable: true, rollback: true } } }] },
    minutes,
  ));
