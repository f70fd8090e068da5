import { Duration, RemovalPolicy, type Stack, Validations } from 'aws-cdk-lib';
import { InterfaceVpcEndpointAwsService, Peer, Port, SecurityGroup } from 'aws-cdk-lib/aws-ec2';
import {
  AuroraPostgresEngineVersion, ClusterInstance, Credentials, DatabaseCluster, DatabaseClusterEngine, ParameterGroup,
} from 'aws-cdk-lib/aws-rds';
import type { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { network } from '../support/network';
import { secureFunction } from '../support/secure-function';

/**
 * The same as ours: Aurora PostgreSQL 17, one serverless instance of at most 2 ACUs that pauses after five minutes, in the
 * isolated subnets of a network without a way out, encrypted at rest and by force in transit, open to the function alone, kept
 * when the stack goes, with a generated password; a function in the same subnets that reads the password through an endpoint of
 * its own, and finds the database in its environment.
 */
export function build(stack: Stack): void {
  const vpc = network(stack);
  const vpcSubnets = { subnetGroupName: 'Isolated' };
  const engine = DatabaseClusterEngine.auroraPostgres({ version: AuroraPostgresEngineVersion.of('17.7', '17') });
  const securityGroup = new SecurityGroup(stack, 'SecurityGroup', { vpc, allowAllOutbound: false });
  const cluster = new DatabaseCluster(stack, 'Cluster', {
    engine,
    defaultDatabaseName: 'app',
    credentials: Credentials.fromGeneratedSecret('postgres'),
    writer: ClusterInstance.serverlessV2('Writer', { publiclyAccessible: false, autoMinorVersionUpgrade: true }),
    serverlessV2MinCapacity: 0,
    serverlessV2MaxCapacity: 2,
    serverlessV2AutoPauseDuration: Duration.minutes(5),
    parameterGroup: new ParameterGroup(stack, 'Parameters', {
      engine, parameters: { 'rds.force_ssl': '1' }, removalPolicy: RemovalPolicy.RETAIN,
    }),
    vpc,
    vpcSubnets,
    securityGroups: [securityGroup],
    storageEncrypted: true,
    iamAuthentication: true,
    backup: { retention: Duration.days(1) },
    copyTagsToSnapshot: true,
    deletionProtection: false,
    removalPolicy: RemovalPolicy.RETAIN,
  });
  const secret = cluster.secret!;
  Validations.of(cluster).acknowledge(
    { id: 'AwsSolutions-RDS10', reason: 'A sandbox, which may be thrown away.' },
    { id: 'AwsSolutions-SMG4', reason: 'Nobody knows how to change the password together with its clients.' },
  );
  // Data without its password would be of no use, and what it stands on cannot go under it.
  securityGroup.applyRemovalPolicy(RemovalPolicy.RETAIN);
  (cluster.node.findChild('Secret') as Secret).applyRemovalPolicy(RemovalPolicy.RETAIN);
  const endpoints = new SecurityGroup(stack, 'Endpoints', { vpc, allowAllOutbound: false });
  endpoints.addIngressRule(Peer.ipv4('10.0.0.0/16'), Port.HTTPS);
  vpc.addInterfaceEndpoint('SecretsManager', {
    service: InterfaceVpcEndpointAwsService.SECRETS_MANAGER, subnets: vpcSubnets, securityGroups: [endpoints], open: false,
  });
  const service = secureFunction(stack, { vpc, vpcSubnets });
  securityGroup.connections.allowFrom(service, Port.tcp(5432));
  secret.grantRead(service);
  const face = {
    HOST: cluster.clusterEndpoint.hostname,
    READER_HOST: cluster.clusterReadEndpoint.hostname,
    PORT: '5432',
    DATABASE: 'app',
    SECRET_ARN: secret.secretArn,
  };
  Object.entries(face).forEach(([setting, value]) => service.addEnvironment(`ORDERS_${setting}`, value));
}
