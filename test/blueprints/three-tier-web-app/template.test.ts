import { Certificate } from 'aws-cdk-lib/aws-certificatemanager';
import { Repository } from 'aws-cdk-lib/aws-ecr';
import { ContainerImage } from 'aws-cdk-lib/aws-ecs';
import { THREE_TIER_WEB_APP } from '../../../blueprints/three-tier-web-app/entry';
import { ThreeTierWebApp, type ThreeTierWebAppProps } from '../../../blueprints/three-tier-web-app';
import { Egress, Profile } from '../../../lib';
import { codesOf, namesOf, onlyOne, PROFILES, resourcesOf, stackWith, statementsOf } from '../../support/stacks';

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

test.each(PROFILES.map((profile) => [profile]))('a release that cannot start is taken back, under %s', (profile) => {
  const { DeploymentConfiguration } = onlyOne(build({}, profile).stack, 'AWS::ECS::Service');
  const wanted = { DeploymentCircuitBreaker: { Enable: true, Rollback: true }, MinimumHealthyPercent: 100 };
  expect(DeploymentConfiguration).toMatchObject(wanted);
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

describe('a CDN without a domain', () => {
  const behind = (profile = Profile.SANDBOX) => build({ cdn: true, plaintext: false, disposable: true }, profile);

  test.each(PROFILES.map((profile) => [profile]))('is all that has an address in the internet, under %s', (profile) => {
    const { stack, app } = behind(profile);
    expect(onlyOne(stack, 'AWS::ElasticLoadBalancingV2::LoadBalancer')).toMatchObject({ Scheme: 'internal' });
    expect(JSON.stringify(Object.values(resourcesOf(stack)).filter(({ Type }) => /SecurityGroup(Ingress)?$/.test(Type)).map(
      ({ Properties: { SecurityGroupIngress, CidrIp } }) => [SecurityGroupIngress, CidrIp],
    ))).not.toContain('0.0.0.0/0');
    expect(onlyOne(stack, 'AWS::CloudFront::VpcOrigin')).toMatchObject({ VpcOriginEndpointConfig: { OriginProtocolPolicy: 'http-only', HTTPPort: 80 } });
    expect(typesOf(stack)).toContain('AWS::EC2::InternetGateway');
    expect(app.outputs.Url).toBe(app.cdn!.url);
  });

  test('has users come by HTTPS, with cookies for HTTPS only', () => {
    const { stack } = behind();
    const { DistributionConfig } = onlyOne(stack, 'AWS::CloudFront::Distribution');
    expect(DistributionConfig).toMatchObject({
      DefaultCacheBehavior: { ViewerProtocolPolicy: 'https-only' },
      CacheBehaviors: [{ PathPattern: '/static/*', ViewerProtocolPolicy: 'redirect-to-https' }],
    });
    expect(JSON.stringify(onlyOne(stack, 'AWS::ECS::TaskDefinition'))).toContain('{"Name":"SECURE_COOKIES","Value":"true"}');
  });

  test('is small', () => {
    expect(typesOf(behind().stack).length).toBeLessThanOrEqual(63);
  });

  test('keeps no errors', () => {
    const { DistributionConfig } = onlyOne(behind().stack, 'AWS::CloudFront::Distribution') as unknown as {
      readonly DistributionConfig: { readonly CustomErrorResponses: readonly object[] };
    };
    // Those that CloudFront keeps whatever the origin says of them.
    const kept = [404, 414, 500, 501, 502, 503, 504];
    expect(DistributionConfig.CustomErrorResponses).toEqual(kept.map((ErrorCode) => ({ ErrorCode, ErrorCachingMinTTL: 0 })));
  });

  test('makes no sense together with plaintext, or with a name that nothing proves', () => {
    expect(codesOf(() => build({ cdn: true }))).toEqual(['ThreeTierWebApp.PlaintextBehindCdn']);
    expect(codesOf(() => build({ cdn: true, plaintext: false, domainName: 'notes.example.com' }))).toEqual(['ThreeTierWebApp.DomainNameWithoutCertificate']);
  });
});

test('PRODUCTION refuses to serve in the clear unless asked to', () => {
  expect(codesOf(() => build({ plaintext: false }, Profile.PRODUCTION))).toEqual(['LoadBalancer.Plaintext']);
});

test('a CDN answers for static files and passes everything else through', () => {
  const stack = stackWith();
  const certificate = Certificate.fromCertificateArn(stack, 'Certificate', 'arn:aws:acm:eu-west-1:111122223333:certificate/a');
  const image = ContainerImage.fromEcrRepository(Repository.fromRepositoryName(stack, 'Images', 'web'), '1');
  const { outputs, cdn } = new ThreeTierWebApp(stack, 'Web', { image, certificate, domainName: 'notes.example.com', cdn: true });
  const { DistributionConfig } = onlyOne(stack, 'AWS::CloudFront::Distribution') as unknown as { readonly DistributionConfig: {
    readonly Origins: readonly { readonly DomainName: string }[];
    readonly CacheBehaviors: readonly { readonly PathPattern: string; readonly CachePolicyId: unknown }[];
    readonly DefaultCacheBehavior: { readonly CachePolicyId: unknown; readonly AllowedMethods: readonly string[] };
  }; };
  expect(DistributionConfig.Origins.map(({ DomainName }) => DomainName)).toEqual(['notes.example.com']);
  expect(DistributionConfig.CacheBehaviors.map(({ PathPattern }) => PathPattern)).toEqual(['/static/*']);
  // The managed policy that keeps nothing.
  expect(DistributionConfig.DefaultCacheBehavior).toMatchObject({ CachePolicyId: '4135ea2d-6df8-44a3-9df3-4b5a84be39ad' });
  expect(DistributionConfig.CacheBehaviors[0]!.CachePolicyId).not.toBe('4135ea2d-6df8-44a3-9df3-4b5a84be39ad');
  expect(DistributionConfig.DefaultCacheBehavior.AllowedMethods).toContain('POST');
  expect(outputs.Url).toBe(cdn!.url);
});

test('a CDN in front of a certificate needs the name in it', () => {
  const stack = stackWith();
  const certificate = Certificate.fromCertificateArn(stack, 'Certificate', 'arn:aws:acm:eu-west-1:111122223333:certificate/a');
  expect(codesOf(() => new ThreeTierWebApp(stack, 'Web', { certificate, cdn: true }))).toEqual(['LoadBalancer.NoDomainName']);
});

test('with a pool the nodes sign in with tokens', () => {
  const { stack } = build({ pool: true });
  expect(typesOf(stack)).toContain('AWS::RDS::DBProxy');
  expect(JSON.stringify(onlyOne(stack, 'AWS::ECS::TaskDefinition'))).toContain('"DATABASE_USER"');
  expect(statementsOf(stack).flatMap(({ Action }) => Action)).toContain('rds-db:connect');
});

test.each(PROFILES.map((profile) => [profile]))('media may be files that all nodes mount, in the place of a bucket, under %s', (profile) => {
  const { stack, app } = build({ sharedFiles: true, disposable: true }, profile);
  const buckets = namesOf(stack, 'AWS::S3::Bucket');
  expect(buckets.filter((name) => name.includes('Media'))).toEqual([]);
  expect(app.media).toBeUndefined();
  expect(Object.keys(app.outputs)).toEqual(['Url', 'MediaFileSystem']);
  const { ContainerDefinitions: [container], Volumes: volumes } = onlyOne(stack, 'AWS::ECS::TaskDefinition') as unknown as {
    readonly ContainerDefinitions: [{ readonly Environment: readonly object[]; readonly MountPoints: readonly object[] }];
    readonly Volumes: readonly { readonly Name: string; readonly EFSVolumeConfiguration?: object }[];
  };
  expect(container.Environment).toContainEqual({ Name: 'MEDIA_PATH', Value: '/mnt/media' });
  expect(JSON.stringify(container.Environment)).not.toContain('MEDIA_BUCKET_NAME');
  const shared = volumes.find(({ EFSVolumeConfiguration }) => EFSVolumeConfiguration);
  expect(container.MountPoints).toContainEqual({ ContainerPath: '/mnt/media', ReadOnly: false, SourceVolume: shared!.Name });
  expect(shared!.EFSVolumeConfiguration).toMatchObject({ TransitEncryption: 'ENABLED', AuthorizationConfig: { IAM: 'ENABLED' } });
  expect(onlyOne(stack, 'AWS::EFS::FileSystem')).toMatchObject({ Encrypted: true });
  const actions = statementsOf(stack).flatMap(({ Action }) => Action).map(String);
  expect(actions).toEqual(expect.arrayContaining(['elasticfilesystem:ClientMount', 'elasticfilesystem:ClientWrite']));
  expect(actions.filter((action) => action.startsWith('s3:PutObject'))).toEqual([]);
  const { DeletionPolicy } = Object.values(resourcesOf(stack)).find(({ Type }) => Type === 'AWS::EFS::FileSystem')!;
  expect(DeletionPolicy).toBe(profile === Profile.PRODUCTION ? 'Retain' : 'Delete');
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
