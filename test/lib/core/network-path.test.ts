import { Connections, Port, SecurityGroup } from 'aws-cdk-lib/aws-ec2';
import { Construct } from 'constructs';
import { Access, type IBackingService, type ICompute, type INetwork } from '../../../lib/core';
import { openPath } from '../../../lib/core/network-path';
import { FunctionService } from '../../../lib/function-service';
import { Network } from '../../../lib/network';
import { HANDLER, onlyOne, plainFunction, refusedBy, resourcesOf, stackWith } from '../../support/stacks';

/** A service inside a network. */
class Cache extends Construct implements IBackingService {
  private readonly connections: Connections;

  constructor(scope: Construct, id: string, network: INetwork) {
    super(scope, id);
    this.connections = new Connections({ securityGroups: [new SecurityGroup(this, 'Group', { vpc: network.vpc, allowAllOutbound: false })] });
  }

  public attach(compute: ICompute): void {
    openPath(this, compute, this.connections, Port.tcp(6379));
  }
}

const setUp = () => {
  const stack = stackWith();
  const network = Network.of(stack);
  return { stack, network, cache: new Cache(stack, 'Cache', network) };
};

test('opens one port of the service to compute inside a network, and says why', () => {
  const { stack, network, cache } = setUp();
  new FunctionService(stack, 'Worker', { handler: HANDLER, network }).use(cache, Access.READ);
  const ingress = Object.values(resourcesOf(stack)).filter(({ Type }) => Type === 'AWS::EC2::SecurityGroupIngress');
  expect(ingress.map(({ Properties }) => Properties)).toEqual([{
    Description: 'Worker uses Cache',
    FromPort: 6379,
    ToPort: 6379,
    IpProtocol: 'tcp',
    GroupId: { 'Fn::GetAtt': ['CacheGroup', 'GroupId'] },
    SourceSecurityGroupId: { 'Fn::GetAtt': ['WorkerFunctionSecurityGroup', 'GroupId'] },
  }]);
});

test('opens the port in the security group of compute that restricts what goes out', () => {
  const { stack, network, cache } = setUp();
  new FunctionService(stack, 'Worker', { handler: HANDLER, network, functionProps: { allowAllOutbound: false } }).use(cache, Access.READ);
  expect(onlyOne(stack, 'AWS::EC2::SecurityGroupEgress')).toMatchObject({
    FromPort: 6379, ToPort: 6379, DestinationSecurityGroupId: { 'Fn::GetAtt': ['CacheGroup', 'GroupId'] },
  });
});

test('opens the port to a function that is adopted with its VPC', () => {
  const { stack, network, cache } = setUp();
  const existing = plainFunction(stack, 'Plain', { vpc: network.vpc, vpcSubnets: network.computeSubnets });
  new FunctionService(stack, 'Worker', { function: existing }).use(cache, Access.READ);
  expect(onlyOne(stack, 'AWS::EC2::SecurityGroupIngress')).toMatchObject({
    SourceSecurityGroupId: { 'Fn::GetAtt': ['PlainSecurityGroup', 'GroupId'] },
  });
});

test('refuses compute outside any network, where no security group helps', () => {
  const { stack, cache } = setUp();
  const outside = new FunctionService(stack, 'Outside', { handler: HANDLER });
  expect(refusedBy(() => outside.use(cache, Access.READ))).toEqual([{
    code: 'Wiring.NoNetworkPath',
    given: 'use by Stack/Outside, which runs outside any network',
    allowed: expect.stringContaining('network, for example Network.of(this)'),
  }]);
});
