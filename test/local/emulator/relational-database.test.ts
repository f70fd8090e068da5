/** The data path of a RelationalDatabase: its template, the runtime's own connection, and the PostgreSQL behind the emulator. */
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { App, BootstraplessSynthesizer, CfnOutput, Duration, Stack } from 'aws-cdk-lib';
import { Template as Synthesised } from 'aws-cdk-lib/assertions';
import { Code } from 'aws-cdk-lib/aws-lambda';

import { Access, FunctionService, Handler, Network, Profile, RelationalDatabase } from '../../../lib';
import type { LocalAws } from '../../../local';
import { DataPlanes } from '../../../local/data-planes';
import { start, stopAll } from '../start';
import { deploy, type Template } from './cloudformation';
import { withCode } from './function-code';

/** Migrates where it may, runs one statement and answers its rows, or the code of its error. */
const CALLER = `
import { SecretsManager } from '@aws-sdk/client-secrets-manager';
import { connectDatabase, migrate, withTransaction } from './runtime/relational-database';
// Found in node_modules as the SDK is: a template may have 50 kB.
const { Pool } = module['require']('pg');
const pools = {};
const MIGRATIONS = [{ name: '0001-orders', sql: 'CREATE TABLE orders (id text PRIMARY KEY)' }];
export const handler = async ({ name, migrated, statement, reader }) => {
  const pool = pools[name + reader] ??= await connectDatabase(name, { Pool, reader, secrets: new SecretsManager({}) });
  const mine = migrated ? await migrate(pool, MIGRATIONS) : [];
  if (!statement) {
    return mine;
  }
  return withTransaction(pool, async (client) => {
    const { rows } = await client.query(statement);
    return [...rows, client.connection.stream.encrypted ? 'TLS' : 'plain'];
  }).catch(({ code, cause }) => [code ?? cause.code]);
};
`;

function template(): Template {
  const app = new App({ analyticsReporting: false });
  Profile.set(app, Profile.SANDBOX);
  const stack = new Stack(app, 'Stack', { synthesizer: new BootstraplessSynthesizer() });
  const databases = {
    Orders: new RelationalDatabase(stack, 'Orders'),
    Pooled: new RelationalDatabase(stack, 'Pooled', { pool: true, readers: 1, databaseName: 'pooled' }),
  };
  for (const access of [Access.READ, Access.READ_WRITE]) {
    const caller = new FunctionService(stack, `Caller${access}`, {
      handler: Handler.fromCode(Code.fromInline('replaced below')), network: Network.of(stack), timeout: Duration.seconds(20),
    });
    Object.values(databases).forEach((database) => caller.use(database, access));
    new CfnOutput(stack, `${access === Access.READ ? 'Reader' : 'Writer'}Name`, { value: caller.function.functionName });
  }
  new CfnOutput(stack, 'Secret', { value: databases.Orders.secret.secretArn });
  new CfnOutput(stack, 'Database', { value: databases.Orders.endpoint });
  return withCode(Synthesised.fromStack(stack).toJSON(), () => CALLER);
}

const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
let planes: DataPlanes;
let aws: LocalAws;
let out: Record<string, string>;

beforeAll(async () => {
  planes = await DataPlanes.start(['postgres'], { progress: () => undefined, signal: new AbortController().signal });
  aws = await start({ environment: planes.environment });
  out = await deploy(aws, 'Databases', template());
}, 120_000);
afterAll(async () => {
  await stopAll();
  await planes?.stop();
});

async function call(who: 'Reader' | 'Writer', event: object): Promise<unknown[]> {
  const lambda = new LambdaClient({ endpoint: aws.endpoint, region: 'us-east-1', credentials });
  const { Payload } = await lambda.send(new InvokeCommand({ FunctionName: out[`${who}Name`], Payload: Buffer.from(JSON.stringify(event)) }));
  return JSON.parse(Buffer.from(Payload!).toString()) as unknown[];
}

test.each(['ORDERS', 'POOLED'])('%s: migrated once by many, written by one function and read by another, over TLS', async (name) => {
  const applied = await Promise.all([1, 2, 3].map(() => call('Writer', { name, migrated: true })));
  expect(applied.flat()).toEqual(['0001-orders']);
  expect(await call('Writer', { name, statement: 'INSERT INTO orders VALUES (\'o1\') RETURNING id' })).toEqual([{ id: 'o1' }, 'TLS']);
  expect(await call('Reader', { name, statement: 'SELECT id FROM orders' })).toEqual([{ id: 'o1' }, 'TLS']);
  expect(await call('Writer', { name, reader: true, statement: 'SELECT id FROM orders' })).toEqual([{ id: 'o1' }, 'TLS']);
}, 60_000);

test('who may only read cannot write, though nothing but the writer is there', async () => {
  expect(await call('Reader', { name: 'ORDERS', statement: 'CREATE TABLE mine (id int)' })).toEqual(['25006']);
}, 60_000);

test('after a crash of the database the same functions go on', async () => {
  await planes.postgres!.kill();
  await planes.postgres!.restart();
  expect(await call('Writer', { name: 'ORDERS', statement: 'SELECT count(*)::int AS n FROM orders' })).toEqual([{ n: 1 }, 'TLS']);
}, 60_000);

test('the secret tells where the database is, as on AWS', async () => {
  const secrets = new SecretsManagerClient({ endpoint: aws.endpoint, region: 'us-east-1', credentials });
  const { SecretString } = await secrets.send(new GetSecretValueCommand({ SecretId: out.Secret }));
  expect(JSON.parse(SecretString!)).toEqual({
    username: 'postgres', password: expect.any(String) as string, engine: 'postgres',
    host: out.Database, port: planes.postgres!.port, dbname: 'app',
  });
});
