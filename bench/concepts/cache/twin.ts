import { Names, RemovalPolicy, type Stack } from 'aws-cdk-lib';
import { Port, SecurityGroup } from 'aws-cdk-lib/aws-ec2';
import { CfnServerlessCache, CfnUser, CfnUserGroup } from 'aws-cdk-lib/aws-elasticache';
import { Grant } from 'aws-cdk-lib/aws-iam';
import { network } from '../support/network';
import { secureFunction } from '../support/secure-function';

/**
 * The same as ours: serverless Valkey 8 in the isolated subnets of a network without a way out, open to the function on its
 * ports alone, entered by a token of IAM as a user that may read and write but not administer, kept when the stack goes; a
 * function in the same subnets that may sign in as this user and finds the cache in its environment.
 */
export function build(stack: Stack): void {
  const vpc = network(stack);
  const name = Names.uniqueResourceName(stack, { maxLength: 30 }).toLowerCase();
  const user = new CfnUser(stack, 'User', {
    engine: 'valkey',
    userId: name,
    userName: name,
    accessString: 'on ~* &* +@all -@admin -@dangerous +info',
    authenticationMode: { Type: 'iam' },
  });
  const users = new CfnUserGroup(stack, 'Users', { engine: 'valkey', userGroupId: name, userIds: [user.ref] });
  const securityGroup = new SecurityGroup(stack, 'SecurityGroup', { vpc, allowAllOutbound: false });
  const cache = new CfnServerlessCache(stack, 'Cache', {
    engine: 'valkey',
    majorEngineVersion: '8',
    serverlessCacheName: name,
    securityGroupIds: [securityGroup.securityGroupId],
    subnetIds: vpc.selectSubnets({ subnetGroupName: 'Isolated' }).subnetIds,
    userGroupId: users.ref,
  });
  [user, users, cache].forEach((resource) => resource.applyRemovalPolicy(RemovalPolicy.RETAIN));
  const service = secureFunction(stack, { vpc, vpcSubnets: { subnetGroupName: 'Isolated' } });
  securityGroup.connections.allowFrom(service, Port.tcpRange(6379, 6380));
  Grant.addToPrincipal({ grantee: service, actions: ['elasticache:Connect'], resourceArns: [cache.attrArn, user.attrArn] });
  const face = {
    ENDPOINT: cache.attrEndpointAddress,
    PORT: '6379',
    READER_ENDPOINT: cache.attrReaderEndpointAddress,
    READER_PORT: '6380',
    CACHE_NAME: cache.ref,
    CLUSTER_MODE: 'true',
    SERVERLESS: 'true',
    TLS: 'true',
    USER: user.ref,
  };
  Object.entries(face).forEach(([setting, value]) => service.addEnvironment(`CACHE_${setting}`, value));
}
