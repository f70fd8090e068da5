import { Certificate } from 'aws-cdk-lib/aws-certificatemanager';
import { Repository } from 'aws-cdk-lib/aws-ecr';
import { ContainerImage } from 'aws-cdk-lib/aws-ecs';
import { THREE_TIER_WEB_APP } from '../../../blueprints/three-tier-web-app/entry';
import { ThreeTierWebApp, type ThreeTierWebAppProps } from '../../../blueprints/three-tier-web-app';
import { Egress, Profile } from '../../../lib';
import { onlyOne, PROFILES, resourcesOf, stackWith, statementsOf } from '../../support/stacks';

function build(props: ThreeTierWebAppProps = {}, profile = Profile.SANDBOX) {
  const stack = stackWith(profile);
  const image = ContainerImage.fromEcrRepository(Repository.fromRepositoryName(stack, 'Images', 'web'), '1');
  return { stack, app: new ThreeTierWebApp(stack, 'Web', { image, plaintext: true, ...props }) };
}

const typesOf = (stack: Parameters<typeof resourcesOf>[0]) => Object.values(resourcesOf(stack)).map(({ Type }) => Type);

test('is small, and has no NAT gateway', () => {
  const { stack } = build({ disposable: true });
  expect(typesOf(stack).length).toBeLessThanOrEqual(60);
  expect(typesOf(stack)).not.toContain('AWS::EC2::NatGateway');
});

test('only the load balancer lets the internet in', () => {
  const { stack, app } = build();
  const open = Object.entries(resourcesOf(stack)).filter(([, { Properties: { SecurityGroupIngress } = {} }]) =>
    JSON.stringify(SecurityGroupIngress ?? []).includes('0.0.0.0/0'));
  expect(open.map(([id]) => id)).toEqual([expect.stringContaining('LoadBalancer')]);
  expect(app.web.connections!.securityGroups).toHaveLength(1);
});

test('three nodes at least, and three times as many at most', () => {
  const { stack } = build();
  expect(onlyOne(stack, 'AWS::ApplicationAutoScaling::ScalableTarget')).toMatchObject({ MinCapacity: 3, MaxCapacity: 9 });
  expect(onlyOne(build({ nodes: 5 }).stack, 'AWS::ApplicationAutoScaling::ScalableTarget')).toMatchObject({ MinCapacity: 5, MaxCapacity: 15 });
});

test('the nodes find what they use, and may use nothing else', () => {
  const { stack } = build();
  const { ContainerDefinitions: [container] } = onlyOne(stack, 'AWS::ECS::TaskDefinition') as unknown as {
    readonly ContainerDefinitions: [{ readonly Environment: readonly { readonly Name: string }[] }];
  };
  const names = container.Environment.map(({ Name }) => Name);
  expect(names).toEqual(expect.arrayContaining([
    'DATABASE_HOST', 'DATABASE_READER_HOST', 'DATABASE_SECRET_ARN', 'MEDIA_BUCKET_NAME', 'SECURE_COOKIES', 'SESSIONS_COOKIE_KEY_SECRET_ARN',
    'SESSIONS_ENDPOINT', 'SESSIONS_SESSIONS',
  ]));
  const services = new Set(statementsOf(stack).flatMap(({ Action }) => Action).map((action) => String(action).split(':')[0]));
  expect([...services].sort()).toEqual(['ecr', 'elasticache', 'logs', 's3', 'secretsmanager']);
});

test('with a certificate it serves HTTPS, and its cookies are for HTTPS only', () => {
  const stack = stackWith();
  const image = ContainerImage.fromEcrRepository(Repository.fromRepositoryName(stack, 'Images', 'web'), '1');
  const certificate = Certificate.fromCertificateArn(stack, 'Certificate', 'arn:aws:acm:eu-west-1:111122223333:certificate/a');
  new ThreeTierWebApp(stack, 'Web', {
    image, certificate, domainName: 'notes.example.com', egress: Egress.SINGLE_NAT, readers: 1,
  });
  const listeners = Object.values(resourcesOf(stack)).filter(({ Type }) => Type === 'AWS::ElasticLoadBalancingV2::Listener');
  expect(listeners.map(({ Properties }) => (Properties as { Protocol: string }).Protocol).sort()).toEqual(['HTTP', 'HTTPS']);
  expect(JSON.stringify(onlyOne(stack, 'AWS::ECS::TaskDefinition'))).toContain('{"Name":"SECURE_COOKIES","Value":"true"}');
});

test('the pipeline may do what cdk deploy does, for one branch of one repository', () => {
  const { stack, app } = build({ pipeline: { repository: 'example/notes', branch: 'release' } });
  expect(app.outputs).toHaveProperty('DeployRoleArn');
  expect(onlyOne(stack, 'AWS::IAM::OIDCProvider')).toEqual({ ClientIdList: ['sts.amazonaws.com'], Url: 'https://token.actions.githubusercontent.com' });
  const roles = Object.values(resourcesOf(stack)).filter(({ Type, Properties }) => Type === 'AWS::IAM::Role' && JSON.stringify(Properties).includes('WebIdentity'));
  expect(roles).toHaveLength(1);
  expect(JSON.stringify(roles)).toContain('"token.actions.githubusercontent.com:sub":"repo:example/notes:ref:refs/heads/release"');
  const assumed = statementsOf(stack).filter(({ Action }) => Action === 'sts:AssumeRole');
  expect(JSON.stringify(assumed)).toMatch(/cdk-hnb659fds-deploy-role-/);
  expect(JSON.stringify(assumed)).not.toContain('*');
});

test.each(PROFILES.map((profile) => [profile]))('the catalogue makes it of the program that is shipped, under %s', (profile) => {
  const stack = stackWith(profile);
  THREE_TIER_WEB_APP.create(stack, THREE_TIER_WEB_APP.estimate);
  expect(JSON.stringify(onlyOne(stack, 'AWS::ECS::TaskDefinition'))).toContain('container-assets');
});
