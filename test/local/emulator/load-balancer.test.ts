/** The data path of a load balancer in the emulator, from the template that its users deploy. */
import { App, CfnOutput, DefaultStackSynthesizer, Duration, Stack } from 'aws-cdk-lib';
import { Template as Synthesised } from 'aws-cdk-lib/assertions';
import type { ApplicationLoadBalancer } from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import { IpTarget } from 'aws-cdk-lib/aws-elasticloadbalancingv2-targets';
import { Code } from 'aws-cdk-lib/aws-lambda';
import {
  FunctionService, Handler, Layer4LoadBalancer, LoadBalancer, type LoadBalancerRoute, type LoadBalancerRouteOptions, Profile,
  type RouteMatch,
  Scheme,
} from '../../../lib';
import type { LocalAws } from '../../../local';
import { start, stopAll } from '../start';
import { deploy, type Template } from './cloudformation';

function template(): Template {
  const app = new App({ analyticsReporting: false });
  Profile.set(app, Profile.SANDBOX);
  const stack = new Stack(app, 'Stack', { synthesizer: new DefaultStackSynthesizer({ generateBootstrapVersionRule: false }) });
  const answering = (id: string) => new FunctionService(stack, id, {
    handler: Handler.fromCode(Code.fromInline(`exports.handler = async () => ({ statusCode: 200, body: '${id}' });`)),
  });
  const registered: Record<string, string> = {};
  const register = ({ node, targetGroups: [group] }: LoadBalancerRoute, target: FunctionService) => {
    registered[`Group${node.addr}`] = group!.targetGroupArn;
    registered[`Target${node.addr}`] = target.function.functionArn;
  };
  const route = (match: RouteMatch, id: string, options?: LoadBalancerRouteOptions) => {
    const target = answering(id);
    const made = front.route(match, target, options);
    register(made, target);
    return made;
  };

  const front = new LoadBalancer(stack, 'Front', { scheme: Scheme.INTERNET_FACING });
  // The broad route first: the order in the code must not matter.
  route({ path: ['/users/*'] }, 'Users');
  const signUp = route({ path: ['/users/*'], method: ['POST'] }, 'SignUp');
  route({ path: ['/users/me'] }, 'Me');
  route({ header: { 'x-tier': ['gold'] } }, 'Gold', { priority: 1 });
  const all = answering('All');
  register(front.weightedRoute({ path: ['/weighted'] }, [{ target: all, weight: 100 }, { target: answering('Never'), weight: 0 }]), all);

  const door = new Layer4LoadBalancer(stack, 'Door', { scheme: Scheme.INTERNET_FACING, staticAddresses: true });
  const listener = door.listen(1883, new IpTarget('10.0.255.1', 1883), { sticky: true, drain: Duration.minutes(2) });

  const outputs = {
    Front: (front.loadBalancer as ApplicationLoadBalancer).loadBalancerName, Rule: signUp.rule!.listenerRuleArn,
    Priority: String(signUp.priority), Door: listener.targetGroup.targetGroupArn, ...registered,
  };
  Object.entries(outputs).forEach(([id, value]) => new CfnOutput(stack, `${id}Out`, { value }));
  return Synthesised.fromStack(stack).toJSON() as Template;
}

let aws: LocalAws;
let out: Record<string, string>;

beforeAll(async () => {
  aws = await start();
  out = await deploy(aws, 'LoadBalancers', template());
  // The emulator's CloudFormation makes target groups without their targets.
  await Promise.all(Object.entries(out).filter(([name]) => name.startsWith('Group')).map(([name, group]) => call({
    'Action': 'RegisterTargets', 'TargetGroupArn': group, 'Targets.member.1.Id': out[name.replace('Group', 'Target')]!,
  })));
}, 120_000);
afterAll(stopAll);

const ask = async (method: string, path: string, headers: Record<string, string> = {}) => {
  const response = await fetch(`${aws.endpoint}/_alb/${out.FrontOut}${path}`, { method, headers });
  return [response.status, await response.text()];
};

/** An answer of the control plane, as it comes. */
const call = async (parameters: Record<string, string>) => {
  const response = await fetch(aws.endpoint, {
    method: 'POST',
    headers: {
      authorization: 'AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/elasticloadbalancing/aws4_request, SignedHeaders=host, Signature=x',
    },
    body: new URLSearchParams({ Version: '2015-12-01', ...parameters }),
  });
  return response.text();
};

test.each([
  ['GET', '/users/ada', 'Users'],
  ['POST', '/users/ada', 'SignUp'],
  ['GET', '/users/me', 'Me'],
  ['GET', '/weighted', 'All'],
])('%s %s reaches the target of the most specific route, %s', async (method, path, service) => {
  expect(await ask(method, path)).toEqual([200, service]);
}, 30_000);

test('a header picks a target', async () => {
  expect(await ask('GET', '/anything', { 'x-tier': 'gold' })).toEqual([200, 'Gold']);
}, 30_000);

test('what no route takes is answered with 404', async () => {
  expect(await ask('GET', '/nowhere')).toEqual([404, 'Not found']);
});

test('the rule has the priority that was derived', async () => {
  const rules = await call({ 'Action': 'DescribeRules', 'RuleArns.member.1': out.RuleOut! });
  expect(rules).toContain(`<Priority>${out.PriorityOut}</Priority>`);
});

test('layer 4 keeps clients with one target, and lets connections end', async () => {
  const attributes = await call({ Action: 'DescribeTargetGroupAttributes', TargetGroupArn: out.DoorOut! });
  expect(attributes).toMatch(/<Key>stickiness.enabled<\/Key>\s*<Value>true</);
  expect(attributes).toMatch(/<Key>deregistration_delay.timeout_seconds<\/Key>\s*<Value>120</);
});
