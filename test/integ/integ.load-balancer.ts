// A request reaches the target of the most specific route, one of no route gets 404; layer 4 keeps a client with one target.
import { IntegTest, Match } from '@aws-cdk/integ-tests-alpha';
import { App, Duration, Stack } from 'aws-cdk-lib';
import { IpTarget } from 'aws-cdk-lib/aws-elasticloadbalancingv2-targets';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { FunctionService, Handler, Layer4LoadBalancer, LoadBalancer, Profile, Scheme } from '../../lib';
import { expectSoon } from './expect-soon';

const app = new App({ analyticsReporting: false });
Profile.set(app, Profile.SANDBOX);
const stack = new Stack(app, 'integ-load-balancer');

const answering = (id: string) => new FunctionService(stack, id, {
  handler: Handler.fromCode(Code.fromInline(`
    exports.handler = async ({ path }) => ({
      statusCode: 200,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ service: '${id}', path }),
    });
  `)),
});
const front = new LoadBalancer(stack, 'Front', { scheme: Scheme.INTERNET_FACING });
const route = front.route({ path: ['/users/*'] }, answering('Users'));
front.route({ path: ['/users/*'], method: ['POST'] }, answering('SignUp'));
front.route({ path: ['/users/me'] }, answering('Me'));

const door = new Layer4LoadBalancer(stack, 'Door', { scheme: Scheme.INTERNET_FACING, staticAddresses: true });
const listener = door.listen(1883, new IpTarget('10.0.255.1', 1883), { sticky: true });

const { assertions } = new IntegTest(app, 'LoadBalancer', { testCases: [stack] });
const answered = (method: string, path: string, service: string) =>
  expectSoon(assertions.httpApiCall(`${front.url}${path}`, { method }), { status: 200, body: { service, path } }, Duration.minutes(5));

answered('GET', '/users/ada', 'Users');
answered('POST', '/users/ada', 'SignUp');
answered('GET', '/users/me', 'Me');
expectSoon(assertions.httpApiCall(`${front.url}/nowhere`, {}), { status: 404 });

expectSoon(assertions.awsApiCall('ElasticLoadBalancingV2', 'describeRules', { RuleArns: [route.rule!.listenerRuleArn] }), {
  Rules: [Match.objectLike({ Priority: String(route.priority) })],
});
expectSoon(assertions.awsApiCall('ElasticLoadBalancingV2', 'describeTargetGroupAttributes', { TargetGroupArn: listener.targetGroup.targetGroupArn }), {
  Attributes: Match.arrayWith([Match.objectLike({ Key: 'stickiness.enabled', Value: 'true' })]),
});
