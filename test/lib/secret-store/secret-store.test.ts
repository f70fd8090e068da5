import type { Stack } from 'aws-cdk-lib';
import { CfnParameter, Duration, SecretValue } from 'aws-cdk-lib';
import { ContainerImage } from 'aws-cdk-lib/aws-ecs';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import flags from 'aws-cdk-lib/recommended-feature-flags.json';
import { ContainerService } from '../../../lib/container-service';
import { Access, Profile } from '../../../lib/core';
import { wiresBelow } from '../../../lib/core/wires';
import { FunctionService } from '../../../lib/function-service';
import { Egress, Network } from '../../../lib/network';
import { SecretStore, type SecretStoreProps } from '../../../lib/secret-store';
import { SECRET_STORE_RULES } from '../../../lib/secret-store/secret-store-rules';
import { HANDLER, namesOf, onlyOne, PROFILES, refusedBy, resourcesOf, SOMEWHERE, stackWith, statementsOf, templateOf } from '../../support/stacks';

const SECRET = 'AWS::SecretsManager::Secret';
/** A value that is known only at deployment. */
const late = (stack: Stack) => SecretValue.cfnParameter(new CfnParameter(stack, 'Value', { noEcho: true }));
const worker = (stack: Stack, id = 'Worker') => new FunctionService(stack, id, { handler: HANDLER });

describe('the shortest call', () => {
  test.each([['no feature flags', {}], ['the recommended feature flags', flags]])('makes one generated secret, under %s', (_, context) => {
    for (const profile of PROFILES) {
      const stack = stackWith(profile, { context });
      const store = new SecretStore(stack, 'Key');
      expect(templateOf(stack).Outputs).toBeUndefined();
      expect(resourcesOf(stack)).toEqual({
        KeySecret: {
          Type: SECRET,
          Properties: { Description: 'Kept for Stack/Key', GenerateSecretString: {} },
          DeletionPolicy: 'Retain',
          UpdateReplacePolicy: 'Retain',
        },
      });
      expect(store.node.defaultChild).toBe(store.secret);
      expect(store.rotationSchedule).toBeUndefined();
    }
  });
});

test('every prop shapes the secret', () => {
  const stack = stackWith();
  new SecretStore(stack, 'Database', {
    description: 'signs in to the database',
    length: 40,
    excludeCharacters: '"@/\\',
    excludePunctuation: false,
    fields: { username: 'app' },
    generatedField: 'pass',
    encryptionKey: Key.fromKeyArn(stack, 'Key', 'arn:aws:kms:eu-west-1:111122223333:key/k'),
    disposable: true,
    secretProps: { replicaRegions: [{ region: 'eu-central-1' }] },
  });
  expect(onlyOne(stack, SECRET)).toEqual({
    Description: 'signs in to the database',
    GenerateSecretString: {
      PasswordLength: 40, ExcludeCharacters: '"@/\\', ExcludePunctuation: false, SecretStringTemplate: '{"username":"app"}', GenerateStringKey: 'pass',
    },
    KmsKeyId: 'arn:aws:kms:eu-west-1:111122223333:key/k',
    ReplicaRegions: [{ Region: 'eu-central-1' }],
  });
});

test.each<[SecretStoreProps, object]>([
  [{ fields: { username: 'app' } }, { SecretStringTemplate: '{"username":"app"}', GenerateStringKey: 'password' }],
  [{ generatedField: 'token' }, { SecretStringTemplate: '{}', GenerateStringKey: 'token' }],
])('%j is JSON with a generated field', (props, generated) => {
  const stack = stackWith();
  new SecretStore(stack, 'Key', props);
  expect(onlyOne(stack, SECRET)).toMatchObject({ GenerateSecretString: generated });
});

test('a value that another resource knows is stored, not generated', () => {
  const stack = stackWith();
  new SecretStore(stack, 'Key', { secretProps: { secretStringValue: late(stack) } });
  expect(onlyOne(stack, SECRET)).toEqual({ Description: 'Kept for Stack/Key', SecretString: { Ref: 'Value' } });
});

test.each([
  [Profile.SANDBOX, undefined, 'Retain'],
  [Profile.SANDBOX, true, 'Delete'],
  [Profile.PRODUCTION, true, 'Retain'],
])('the secret goes with the stack only when both %o and disposable: %s say so', (profile, disposable, policy) => {
  const stack = stackWith(profile);
  new SecretStore(stack, 'Key', { disposable });
  expect(resourcesOf(stack).KeySecret).toMatchObject({ DeletionPolicy: policy, UpdateReplacePolicy: policy });
});

describe('wiring', () => {
  const READ = ['secretsmanager:GetSecretValue', 'secretsmanager:DescribeSecret'];
  const WRITE = ['secretsmanager:DescribeSecret', 'secretsmanager:PutSecretValue'];

  test.each([
    [Access.READ, [READ]],
    [Access.WRITE, [WRITE]],
    [Access.READ_WRITE, [READ, WRITE]],
  ])('use with %s grants %j on the one secret and tells its ARN', (access, actions) => {
    const stack = stackWith();
    worker(stack).use(new SecretStore(stack, 'SigningKey'), access);
    const granted = statementsOf(stack).filter(({ Action }) => JSON.stringify(Action).includes('secretsmanager'));
    expect(granted.flatMap(({ Action }) => Action).sort()).toEqual(actions.flat().sort());
    expect(granted.every(({ Resource }) => JSON.stringify(Resource) === '{"Ref":"SigningKeySecret"}')).toBe(true);
    expect(onlyOne(stack, 'AWS::Lambda::Function')).toMatchObject({
      Environment: { Variables: { SIGNING_KEY_SECRET_ARN: { Ref: 'SigningKeySecret' } } },
    });
  });

  test('a key of the customer is granted with it, without wildcards', () => {
    const stack = stackWith();
    const encryptionKey = new Key(stack, 'Key');
    worker(stack).use(new SecretStore(stack, 'Store', { encryptionKey }), Access.READ_WRITE, { name: 'own' });
    const actions = statementsOf(stack).flatMap(({ Action }) => Action).filter((action) => action.startsWith('kms:'));
    expect(new Set(actions)).toEqual(new Set(['kms:Decrypt', 'kms:GenerateDataKey']));
    expect(onlyOne(stack, 'AWS::Lambda::Function')).toMatchObject({ Environment: { Variables: { OWN_SECRET_ARN: {} } } });
  });

  test('compute in a network gets a way to Secrets Manager', () => {
    const stack = stackWith(Profile.SANDBOX, {}, SOMEWHERE);
    const network = new Network(stack, 'Network');
    new FunctionService(stack, 'Worker', { handler: HANDLER, network }).use(new SecretStore(stack, 'Key'), Access.READ);
    expect(namesOf(stack, 'AWS::EC2::VPCEndpoint').filter((name) => /secretsmanager/i.test(name))).toHaveLength(1);
  });

  test('a container is given the secret when a task starts, and only its execution role may read it', () => {
    const stack = stackWith(Profile.SANDBOX, {}, SOMEWHERE);
    const store = new SecretStore(stack, 'Key', { fields: { username: 'app' } });
    new ContainerService(stack, 'Shop', {
      image: ContainerImage.fromRegistry('public.ecr.aws/nginx/nginx:1.27'),
      network: new Network(stack, 'Network', { egress: Egress.SINGLE_NAT }),
      secrets: { PASSWORD: store.containerSecret('password'), ALL: store.containerSecret() },
    });
    const [{ Secrets }] = onlyOne(stack, 'AWS::ECS::TaskDefinition').ContainerDefinitions as [{ Secrets: unknown }];
    expect(Secrets).toEqual([
      { Name: 'PASSWORD', ValueFrom: { 'Fn::Join': ['', [{ Ref: 'KeySecret' }, ':password::']] } },
      { Name: 'ALL', ValueFrom: { Ref: 'KeySecret' } },
    ]);
    const readers = Object.entries(resourcesOf(stack)).filter(([, { Properties }]) => JSON.stringify(Properties ?? {}).includes('secretsmanager:GetSecretValue'));
    expect(readers.map(([name]) => name)).toEqual(['ShopExecutionRoleDefaultPolicy']);
  });

  test('an adopted secret is used as it is, also when only its name is known', () => {
    const stack = stackWith(Profile.SANDBOX, {}, SOMEWHERE);
    const secret = Secret.fromSecretNameV2(stack, 'Given', 'stripe');
    worker(stack).use(new SecretStore(stack, 'Stripe', { secret }), Access.READ_WRITE);
    expect(namesOf(stack, SECRET)).toEqual([]);
    const resources = statementsOf(stack).filter(({ Action }) => JSON.stringify(Action).includes('secretsmanager')).map(({ Resource }) => JSON.stringify(Resource));
    expect(resources.length).toBeGreaterThan(0);
    expect(resources.every((resource) => resource.includes('secret:stripe-??????'))).toBe(true);
  });
});

describe('rotation', () => {
  const DAY = Duration.days(30);

  test('has the function change the one secret, and nobody else may have it do so', () => {
    const stack = stackWith(Profile.SANDBOX, {}, SOMEWHERE);
    const rotator = worker(stack, 'Rotator');
    const store = new SecretStore(stack, 'Key', { rotation: { worker: rotator, every: DAY } });
    expect(onlyOne(stack, 'AWS::SecretsManager::RotationSchedule')).toEqual({
      SecretId: { Ref: 'KeySecret' },
      RotationLambdaARN: { 'Fn::GetAtt': ['RotatorFunction', 'Arn'] },
      RotationRules: { ScheduleExpression: 'rate(30 days)' },
      RotateImmediatelyOnUpdate: true,
    });
    expect(onlyOne(stack, 'AWS::Lambda::Permission')).toEqual({
      Action: 'lambda:InvokeFunction',
      FunctionName: { 'Fn::GetAtt': ['RotatorFunction', 'Arn'] },
      Principal: 'secretsmanager.amazonaws.com',
      SourceAccount: '111122223333',
      SourceArn: { Ref: 'KeySecret' },
    });
    const granted = statementsOf(stack).filter(({ Action }) => JSON.stringify(Action).includes('secretsmanager'));
    expect(granted).toEqual([{
      Effect: 'Allow',
      Action: ['secretsmanager:DescribeSecret', 'secretsmanager:GetSecretValue', 'secretsmanager:PutSecretValue', 'secretsmanager:UpdateSecretVersionStage'],
      Resource: { Ref: 'KeySecret' },
    }]);
    const schedule = resourcesOf(stack).KeyRotation as unknown as { DependsOn: string[] };
    expect(schedule.DependsOn).toHaveLength(2);
    expect(schedule.DependsOn.join()).toMatch(/Rotates.*RotatorRoleDefaultPolicy|RotatorRoleDefaultPolicy.*/);
    expect(store.rotationSchedule).toBeDefined();
    expect(wiresBelow(stack)).toEqual([{ from: store, to: rotator, label: 'rotates' }]);
  });

  test.each([[Duration.days(1), 'rate(1 day)'], [Duration.hours(4), 'rate(4 hours)'], [Duration.hours(48), 'rate(2 days)']])('every %o is %s', (every, rate) => {
    const stack = stackWith();
    new SecretStore(stack, 'Key', { rotation: { worker: worker(stack), every, atOnce: false } });
    expect(onlyOne(stack, 'AWS::SecretsManager::RotationSchedule')).toMatchObject({ RotationRules: { ScheduleExpression: rate }, RotateImmediatelyOnUpdate: false });
  });

  test('a secret of which only the name is known is rotated by that function alone', () => {
    const stack = stackWith(Profile.SANDBOX, {}, SOMEWHERE);
    const secret = Secret.fromSecretNameV2(stack, 'Given', 'stripe');
    new SecretStore(stack, 'Stripe', { secret, rotation: { worker: worker(stack), every: DAY } });
    expect(JSON.stringify(onlyOne(stack, 'AWS::Lambda::Permission').SourceArn)).toMatch(/:secret:stripe-\?{6}"/);
  });

  test('an adopted secret is rotated too', () => {
    const stack = stackWith();
    const secret = Secret.fromSecretCompleteArn(stack, 'Given', 'arn:aws:secretsmanager:eu-west-1:111122223333:secret:stripe-AbCdEf');
    new SecretStore(stack, 'Stripe', { secret, rotation: { worker: worker(stack), every: DAY } });
    expect(onlyOne(stack, 'AWS::SecretsManager::RotationSchedule')).toMatchObject({ SecretId: secret.secretArn });
  });
});

describe('refusals', () => {
  type Build = (stack: Stack) => SecretStoreProps;
  const asProps = (props: unknown) => props as SecretStoreProps;
  const adopted = (stack: Stack) => Secret.fromSecretNameV2(stack, 'Given', 'stripe');
  const rows: [string, Build, string][] = [
    ['WrongType', () => asProps({ length: '32', rotation: { every: 30 } }), "length is '32', rotation.every is 30"],
    ['AdoptOrShape', (stack) => ({ secret: adopted(stack), length: 20 }), 'secret together with length'],
    ['Description', () => ({ description: '' }), "description is ''"],
    ['Length', () => ({ length: 7 }), 'length is 7'],
    ['ExcludeCharacters', () => ({ excludeCharacters: '' }), "excludeCharacters is ''"],
    ['GeneratedField', () => ({ generatedField: '' }), "generatedField is ''"],
    ['GeneratedFieldTaken', () => ({ fields: { password: 'x' } }), 'fields has password, which is generated'],
    ['PlainTextField', () => ({ fields: { user: 'app', apiKey: 'abc' } }), 'fields.apiKey in plain text'],
    ['PlainText', () => ({ secretProps: { secretStringValue: SecretValue.unsafePlainText('hunter2') } }), 'secretProps has secretStringValue in plain text'],
    ['PlainText', () => ({ secretProps: { secretObjectValue: { pin: SecretValue.unsafePlainText('1234') } } }), 'secretProps has pin in plain text'],
    ['GeneratedOrGiven', (stack) => ({ length: 20, secretProps: { secretStringValue: late(stack) } }), 'a value in secretProps beside length'],
    ['ManagedByTheConstruct', () => ({ secretProps: { generateSecretString: {}, secretName: 'mine' } }), 'secretProps has generateSecretString, secretName'],
    ['NoRotator', (stack) => ({ rotation: { worker: stack as unknown as FunctionService, every: Duration.days(1) } }), 'rotation.worker is an object'],
    ['RotationTime', (stack) => ({ rotation: { worker: worker(stack), every: Duration.hours(3) } }), 'rotation.every is 3 h'],
    ['RotationTime', (stack) => ({ rotation: { worker: worker(stack), every: Duration.hours(30) } }), 'rotation.every is 30 h'],
    ['RotationTime', (stack) => ({ rotation: asProps({ worker: worker(stack) }) as never }), 'rotation.every is not given'],
  ];

  test.each(rows)('%s', (code, props, given) => {
    const stack = stackWith();
    const findings = refusedBy(() => new SecretStore(stack, 'Key', props(stack)));
    expect(findings).toMatchObject([{ code: `SecretStore.${code}`, given }]);
    expect(JSON.stringify(findings)).not.toMatch(/hunter2|1234|abc/);
  });

  test('every rule has a test', () => {
    expect([...new Set(rows.map(([code]) => `SecretStore.${code}`))]).toEqual(SECRET_STORE_RULES.map(({ code }) => code));
  });

  test('a field that is a token passes, whatever its name', () => {
    const stack = stackWith();
    expect(() => new SecretStore(stack, 'Key', { fields: { tokenUrl: stack.stackId } })).not.toThrow();
  });
});

test('two stand in one stack', () => {
  const stack = stackWith();
  ['One', 'Two'].forEach((id) => new SecretStore(stack, id));
  expect(namesOf(stack, SECRET)).toEqual(['OneSecret', 'TwoSecret']);
});
