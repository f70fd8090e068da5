/** The data path of a Cache: its template, the runtime's own connection, and the Valkey that stands behind the emulator. */
import { App, BootstraplessSynthesizer, CfnOutput, Duration, Stack } from 'aws-cdk-lib';
import { Template as Synthesised } from 'aws-cdk-lib/assertions';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';

import { Access, Cache, CacheAuthentication, CacheCapacity, FunctionService, Handler, Network, Profile } from '../../../lib';
import type { LocalAws } from '../../../local';
import { DataPlanes } from '../../../local/data-planes';
import { start, stopAll } from '../start';
import { deploy, type Template } from './cloudformation';
import { withCode } from './function-code';

/** Runs the commands it is given and answers what came of each. */
const CALLER = `
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { cacheConnection, connectCache } from './runtime/cache-connection';
// Found in node_modules as the SDK is: a template may have 50 kB.
const { Cluster, Redis } = module['require']('iovalkey');
export const handler = async ({ name, commands }) => {
  const connection = { ...cacheConnection(name) };
  let password;
  if (connection.secretArn) {
    const { SecretString } = await new SecretsManagerClient({}).send(new GetSecretValueCommand({ SecretId: connection.secretArn }));
    const secret = JSON.parse(SecretString);
    password = () => secret.password;
    connection.username = secret.username;
  }
  const client = connectCache(connection, { Cluster, Redis }, password);
  const answers = [];
  for (const [command, ...words] of commands) {
    answers.push(await client.call(command, ...words).catch(({ message }) => message.split(' ')[0]));
  }
  client.disconnect();
  return answers;
};
`;

function template(): Template {
  const app = new App({ analyticsReporting: false });
  Profile.set(app, Profile.SANDBOX);
  const stack = new Stack(app, 'Stack', { synthesizer: new BootstraplessSynthesizer() });
  const caches = {
    Serverless: new Cache(stack, 'Serverless'),
    Nodes: new Cache(stack, 'Nodes', { capacity: CacheCapacity.nodes(), authentication: CacheAuthentication.PASSWORD }),
    Shards: new Cache(stack, 'Shards', { capacity: CacheCapacity.nodes({ clusterMode: true }) }),
  };
  const network = Network.of(stack);
  for (const access of [Access.READ, Access.WRITE]) {
    const caller = new FunctionService(stack, `Caller${access}`, {
      handler: Handler.fromCode(Code.fromInline('replaced below')), network, timeout: Duration.seconds(20),
    });
    Object.values(caches).forEach((cache) => caller.use(cache, access));
    new CfnOutput(stack, `${access === Access.READ ? 'Reader' : 'Writer'}Name`, { value: caller.function.functionName });
  }
  return withCode(Synthesised.fromStack(stack).toJSON(), () => CALLER);
}

let planes: DataPlanes;
let aws: LocalAws;
let out: Record<string, string>;

beforeAll(async () => {
  planes = await DataPlanes.start(['valkey'], { progress: () => undefined, signal: new AbortController().signal });
  aws = await start({ environment: planes.environment });
  out = await deploy(aws, 'Caches', template());
}, 120_000);
afterAll(async () => {
  await stopAll();
  await planes?.stop();
});

async function call(who: 'Reader' | 'Writer', name: string, ...commands: string[][]): Promise<unknown[]> {
  const lambda = new LambdaClient({ endpoint: aws.endpoint, region: 'us-east-1', credentials: { accessKeyId: 'test', secretAccessKey: 'test' } });
  const { Payload } = await lambda.send(new InvokeCommand({
    FunctionName: out[`${who}Name`], Payload: Buffer.from(JSON.stringify({ name, commands })),
  }));
  return JSON.parse(Buffer.from(Payload!).toString()) as unknown[];
}

test.each(['SERVERLESS', 'NODES', 'SHARDS'])('%s: one function writes, another reads, over TLS and signed in', async (name) => {
  expect(await call('Writer', name, ['SET', name, 'written'], ['ACL', 'WHOAMI'])).toEqual(['OK', expect.anything()]);
  expect(await call('Reader', name, ['GET', name])).toEqual(['written']);
}, 60_000);

test('a user does no more than ElastiCache lets it', async () => {
  expect(await call('Reader', 'SERVERLESS', ['SET', 'key', 'value'])).toEqual(['NOPERM']);
  expect(await call('Writer', 'SERVERLESS', ['FLUSHALL'])).toEqual(['NOPERM']);
}, 60_000);

test('after a crash the users are known, and what was cached is not', async () => {
  await call('Writer', 'SERVERLESS', ['SET', 'kept', 'value']);
  await planes.valkey!.kill();
  await planes.valkey!.restart();
  expect(await call('Reader', 'SERVERLESS', ['GET', 'kept'])).toEqual([null]);
}, 60_000);
