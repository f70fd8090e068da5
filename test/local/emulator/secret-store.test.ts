/** A secret on the emulator, from the template that its users deploy: generated, read, rotated while it is in use. */
import { Lambda } from '@aws-sdk/client-lambda';
import { SecretsManager } from '@aws-sdk/client-secrets-manager';
import { App, CfnOutput, DefaultStackSynthesizer, Stack } from 'aws-cdk-lib';
import { Template as Synthesised } from 'aws-cdk-lib/assertions';
import { Code } from 'aws-cdk-lib/aws-lambda';

import { Access, FunctionService, Handler, Profile, SecretStore } from '../../../lib';
import type { LocalAws } from '../../../local';
import { SecretReader, secretRotation } from '../../../runtime';
import { start, stopAll } from '../start';
import { deploy, type Template } from './cloudformation';

const CODE = `
const { SecretsManager } = require('@aws-sdk/client-secrets-manager');
const secrets = new SecretsManager({});
const SecretId = process.env.KEY_SECRET_ARN;
exports.handler = async ({ put }) => {
  try {
    if (put) await secrets.putSecretValue({ SecretId, SecretString: put });
    else await secrets.getSecretValue({ SecretId });
    return 'done';
  } catch ({ name }) {
    return name;
  }
};`;

function template(): Template {
  const app = new App({ analyticsReporting: false });
  Profile.set(app, Profile.SANDBOX);
  const stack = new Stack(app, 'Stack', { synthesizer: new DefaultStackSynthesizer({ generateBootstrapVersionRule: false }) });
  const key = new SecretStore(stack, 'Key', { length: 40, fields: { username: 'app' } });
  const handler = Handler.fromCode(Code.fromInline(CODE));
  const reader = new FunctionService(stack, 'Reader', { handler });
  const writer = new FunctionService(stack, 'Writer', { handler });
  reader.use(key, Access.READ);
  writer.use(key, Access.WRITE);
  const outputs = { Key: key.secret.secretArn, Reader: reader.function.functionName, Writer: writer.function.functionName };
  Object.entries(outputs).forEach(([id, value]) => new CfnOutput(stack, `${id}Out`, { value }));
  return Synthesised.fromStack(stack).toJSON() as Template;
}

let aws: LocalAws;
let out: Record<string, string>;
let secrets: SecretsManager;
let lambda: Lambda;

beforeAll(async () => {
  aws = await start();
  out = await deploy(aws, 'Secrets', template());
  const client = { region: 'us-east-1', credentials: { accessKeyId: 'test', secretAccessKey: 'test' }, endpoint: aws.endpoint };
  secrets = new SecretsManager(client);
  lambda = new Lambda(client);
}, 120_000);
afterAll(stopAll);

async function answerOf(service: string, event: object): Promise<unknown> {
  const { Payload } = await lambda.invoke({ FunctionName: out[service], Payload: JSON.stringify(event) });
  return JSON.parse(Buffer.from(Payload!).toString());
}

test('it is generated, read by who may read and written by who may write', async () => {
  const reader = new SecretReader({ secrets, secretArn: out.KeyOut! });
  const { username, password } = await reader.json<{ username: string; password: string }>();
  expect(username).toBe('app');
  expect(password).toHaveLength(40);
  expect(await answerOf('ReaderOut', {})).toBe('done');
  expect(await answerOf('ReaderOut', { put: 'x' })).toMatch(/AccessDenied/);
  expect(await answerOf('WriterOut', {})).toMatch(/AccessDenied/);
}, 30_000);

test('a rotation is seen by who was refused with the secret of before, and by nobody before its last step', async () => {
  const SecretId = out.KeyOut!;
  const reader = new SecretReader({ secrets, secretArn: SecretId });
  const before = await reader.text();
  const accepted = new Set([before]);
  const signIn = (text: string) => accepted.has(text) ? Promise.resolve('in') : Promise.reject(new Error('denied'));
  const rotate = secretRotation({
    secrets,
    create: () => 'the next one',
    set: async (next, current) => { accepted.delete(current); accepted.add(next); },
    test: signIn,
  });
  const ClientRequestToken = '11111111-2222-4333-8444-555555555555';
  for (const Step of ['createSecret', 'createSecret', 'setSecret', 'testSecret']) {
    await rotate({ Step, SecretId, ClientRequestToken });
  }
  expect((await secrets.getSecretValue({ SecretId })).SecretString).toBe(before);
  await expect(reader.use(signIn)).rejects.toThrow('denied');
  await rotate({ Step: 'finishSecret', SecretId, ClientRequestToken });
  expect(await reader.use(signIn)).toBe('in');
  expect(await reader.text()).toBe('the next one');
  const previous = await secrets.getSecretValue({ SecretId, VersionStage: 'AWSPREVIOUS' });
  expect(previous.SecretString).toBe(before);
}, 30_000);
