// A writer and a reader are there, encrypted, reachable from the network alone and with the port that security groups open.
import { IntegTest, Match } from '@aws-cdk/integ-tests-alpha';
import { App, Stack } from 'aws-cdk-lib';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { Access, FunctionService, Handler, Network, Profile, RelationalDatabase } from '../../lib';
import { expectSoon } from './expect-soon';

const app = new App({ analyticsReporting: false });
Profile.set(app, Profile.SANDBOX);
const stack = new Stack(app, 'integ-relational-database');

const orders = new RelationalDatabase(stack, 'Orders', { readers: 1, disposable: true });
// Asks the server for TLS, which it answers with S, and has the certificate of the name checked.
const handler = Handler.fromCode(Code.fromInline(`
  const { readFileSync } = require('node:fs');
  const { connect } = require('node:net');
  const tls = require('node:tls');
  const { SecretsManager } = require('@aws-sdk/client-secrets-manager');
  exports.handler = async ({ host }) => {
    const { SecretString } = await new SecretsManager({}).getSecretValue({ SecretId: process.env.ORDERS_SECRET_ARN });
    const { username } = JSON.parse(SecretString);
    return new Promise((resolve, reject) => {
      const socket = connect(Number(process.env.ORDERS_PORT), process.env[host], () => socket.write(Buffer.from([0, 0, 0, 8, 4, 210, 22, 47])));
      socket.setTimeout(20000, () => socket.destroy(new Error('no answer')));
      socket.on('error', reject).once('data', (data) => {
        const ca = [...tls.rootCertificates, readFileSync('/var/runtime/ca-cert.pem', 'utf8')];
        const safe = tls.connect({ socket, servername: process.env[host], ca }, () => {
          safe.end();
          resolve({ answer: String(data), username, trusted: safe.authorized });
        });
        safe.on('error', reject);
      });
    });
  };
`));
const client = new FunctionService(stack, 'Client', { handler, network: Network.of(stack) });
client.use(orders, Access.READ_WRITE);

const { assertions } = new IntegTest(app, 'RelationalDatabase', { testCases: [stack] });
for (const host of ['ORDERS_HOST', 'ORDERS_READER_HOST']) {
  const call = assertions.invokeFunction({ functionName: client.function.functionName, payload: JSON.stringify({ host }) });
  expectSoon(call, { Payload: Match.serializedJson({ answer: 'S', username: 'postgres', trusted: true }) });
}
