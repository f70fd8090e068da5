// What is written is found, a reader cannot write, nobody administers, nobody gets in without signing in.
import { IntegTest, Match } from '@aws-cdk/integ-tests-alpha';
import { App, Stack } from 'aws-cdk-lib';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { Access, Cache, FunctionService, Handler, Network, Profile } from '../../lib';
import { expectSoon } from './expect-soon';

const app = new App({ analyticsReporting: false });
Profile.set(app, Profile.SANDBOX);
const stack = new Stack(app, 'integ-cache');

const sessions = new Cache(stack, 'Sessions', { disposable: true });
// Signs a token, sends one command over TLS and tells the first line of the answer, and the second where there is one.
const handler = Handler.fromCode(Code.fromInline(`
  const { createHash, createHmac } = require('node:crypto');
  const { connect } = require('node:tls');
  const env = process.env;
  const setting = (name) => env['SESSIONS_' + name];
  const sign = (key, text) => createHmac('sha256', key).update(text).digest();
  const hash = (text) => createHash('sha256').update(text).digest('hex');
  const token = () => {
    const time = new Date().toISOString().replace(/[-:]|\\.\\d+/g, '');
    const scope = [time.slice(0, 8), env.AWS_REGION, 'elasticache', 'aws4_request'];
    const query = Object.entries({
      Action: 'connect',
      ...setting('SERVERLESS') === 'true' && { ResourceType: 'ServerlessCache' },
      User: setting('USER'),
      'X-Amz-Algorithm': 'AWS4-HMAC-SHA256',
      'X-Amz-Credential': [env.AWS_ACCESS_KEY_ID, ...scope].join('/'),
      'X-Amz-Date': time,
      'X-Amz-Expires': '900',
      'X-Amz-Security-Token': env.AWS_SESSION_TOKEN,
      'X-Amz-SignedHeaders': 'host',
    }).map((pair) => pair.map(encodeURIComponent).join('=')).join('&');
    const request = ['GET', '/', query, 'host:' + setting('CACHE_NAME'), '', 'host', hash('')].join('\\n');
    const key = scope.reduce(sign, 'AWS4' + env.AWS_SECRET_ACCESS_KEY);
    const signature = sign(key, ['AWS4-HMAC-SHA256', time, scope.join('/'), hash(request)].join('\\n')).toString('hex');
    return setting('CACHE_NAME') + '/?' + query + '&X-Amz-Signature=' + signature;
  };
  const encode = (words) => ['*' + words.length, ...words.flatMap((word) => ['$' + Buffer.byteLength(word), word]), ''].join('\\r\\n');
  exports.handler = ({ command, anonymous }) => new Promise((resolve, reject) => {
    const commands = [...anonymous ? [] : [['AUTH', setting('USER'), token()]], command];
    const socket = connect({ host: setting('ENDPOINT'), port: setting('PORT'), servername: setting('ENDPOINT') }, () => socket.write(encode(commands.shift())));
    socket.setTimeout(5000, () => socket.destroy(new Error('no answer')));
    socket.on('error', reject).on('data', (data) => {
      const [first, second] = String(data).split('\\r\\n');
      if (first.startsWith('-') || commands.length === 0) {
        socket.end();
        resolve({ answer: first.split(' ')[0], value: second });
      } else {
        socket.write(encode(commands.shift()));
      }
    });
  });
`));
const network = Network.of(stack);
const writer = new FunctionService(stack, 'Writer', { handler, network });
writer.use(sessions, Access.WRITE);
const reader = new FunctionService(stack, 'Reader', { handler, network });
reader.use(sessions, Access.READ);

const { assertions } = new IntegTest(app, 'Cache', { testCases: [stack] });
const call = (service: FunctionService, event: object) =>
  assertions.invokeFunction({ functionName: service.function.functionName, payload: JSON.stringify(event) });
const answers = (answer: { [key: string]: unknown }) => ({ Payload: Match.serializedJson(answer) });

expectSoon(call(writer, { command: ['SET', 'ada', 'dark', 'EX', '60'] }), answers({ answer: '+OK' }))
  .next(expectSoon(call(reader, { command: ['GET', 'ada'] }), answers({ answer: '$4', value: 'dark' })));
expectSoon(call(reader, { command: ['SET', 'bob', 'light'] }), answers({ answer: '-NOPERM' }));
expectSoon(call(writer, { command: ['FLUSHALL'] }), answers({ answer: '-NOPERM' }));
expectSoon(call(writer, { command: ['GET', 'ada'], anonymous: true }), answers({ answer: '-NOAUTH' }));
