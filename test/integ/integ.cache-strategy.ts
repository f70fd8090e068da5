// An entry is dropped when its item changes, and only its entry; what is written behind waits in a FIFO queue.
import { IntegTest, Match } from '@aws-cdk/integ-tests-alpha';
import { App, Duration, Stack } from 'aws-cdk-lib';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { Access, Cache, CacheStrategy, CachingStrategy, FunctionService, Handler, KeyValueStore, Network, Profile } from '../../lib';
import { expectSoon } from './expect-soon';

const app = new App({ analyticsReporting: false });
Profile.set(app, Profile.SANDBOX);
const stack = new Stack(app, 'integ-cache-strategy');

const cache = new Cache(stack, 'Cache', { disposable: true });
const store = new KeyValueStore(stack, 'Items', { partitionKey: 'id', disposable: true });
const products = new CacheStrategy(stack, 'Products', { cache, store, namespace: 'products' });
products.invalidateOn(store);

// Signs in and asks for one thing, or for a change of the table; a bundle with the runtime would not fit into the template.
const handler = Handler.fromCode(Code.fromInline(`
  const { createHash, createHmac } = require('node:crypto');
  const { connect } = require('node:tls');
  const env = process.env;
  const setting = (name) => env['PRODUCTS_' + name];
  const sign = (key, text) => createHmac('sha256', key).update(text).digest();
  const hash = (text) => createHash('sha256').update(text).digest('hex');
  const token = () => {
    const time = new Date().toISOString().replace(/[-:]|\\.\\d+/g, '');
    const scope = [time.slice(0, 8), env.AWS_REGION, 'elasticache', 'aws4_request'];
    const query = Object.entries({
      Action: 'connect', ResourceType: 'ServerlessCache', User: setting('USER'), 'X-Amz-Algorithm': 'AWS4-HMAC-SHA256',
      'X-Amz-Credential': [env.AWS_ACCESS_KEY_ID, ...scope].join('/'), 'X-Amz-Date': time, 'X-Amz-Expires': '900',
      'X-Amz-Security-Token': env.AWS_SESSION_TOKEN, 'X-Amz-SignedHeaders': 'host',
    }).map((pair) => pair.map(encodeURIComponent).join('=')).join('&');
    const request = ['GET', '/', query, 'host:' + setting('CACHE_NAME'), '', 'host', hash('')].join('\\n');
    const key = scope.reduce(sign, 'AWS4' + env.AWS_SECRET_ACCESS_KEY);
    const signature = sign(key, ['AWS4-HMAC-SHA256', time, scope.join('/'), hash(request)].join('\\n')).toString('hex');
    return setting('CACHE_NAME') + '/?' + query + '&X-Amz-Signature=' + signature;
  };
  const encode = (words) => ['*' + words.length, ...words.flatMap((word) => ['$' + Buffer.byteLength(word), word]), ''].join('\\r\\n');
  exports.handler = ({ command }) => new Promise((resolve, reject) => {
    const commands = [['AUTH', setting('USER'), token()], command];
    const host = setting('ENDPOINT');
    const socket = connect({ host, port: setting('PORT'), servername: host }, () => socket.write(encode(commands.shift())));
    socket.setTimeout(5000, () => socket.destroy(new Error('no answer')));
    socket.on('error', reject).on('data', (data) => {
      const [first, second] = String(data).split('\\r\\n');
      if (first.startsWith('-') || commands.length === 0) {
        socket.end();
        resolve({ answer: first, value: second });
      } else {
        socket.write(encode(commands.shift()));
      }
    });
  });
`));
const network = Network.of(stack);
const web = new FunctionService(stack, 'Web', { handler, network });
web.use(products, Access.READ);

const scores = new CacheStrategy(stack, 'Scores', { cache, store, strategy: CachingStrategy.WRITE_BEHIND, disposable: true });
scores.drainedBy(new FunctionService(stack, 'Drain', {
  handler: Handler.fromCode(Code.fromInline('exports.handler = async () => ({ batchItemFailures: [] });')), network,
}), { idempotent: true });

const { assertions } = new IntegTest(app, 'CacheStrategy', { testCases: [stack] });
const ask = (...command: string[]) =>
  assertions.invokeFunction({ functionName: web.function.functionName, payload: JSON.stringify({ command }) });
const answers = (answer: { [key: string]: unknown }) => ({ Payload: Match.serializedJson(answer) });
const tableName = store.table.tableName;
const entry = '{"value":{"id":"ada"}}';

// Both are cached; the item of one changes; that entry goes, the other stays.
expectSoon(ask('SET', 'products:{ada}', entry, 'EX', '3600'), answers({ answer: '+OK' }))
  .next(expectSoon(ask('SET', 'products:{bob}', entry, 'EX', '3600'), answers({ answer: '+OK' })))
  .next(assertions.awsApiCall('DynamoDB', 'putItem', { TableName: tableName, Item: { id: { S: 'ada' } } }))
  .next(expectSoon(ask('GET', 'products:{ada}'), answers({ answer: '$-1' }), Duration.minutes(2)))
  .next(expectSoon(ask('GET', 'products:{bob}'), answers({ answer: `$${entry.length}`, value: entry })));
expectSoon(assertions.awsApiCall('SQS', 'getQueueAttributes', { QueueUrl: scores.queue!.queue.queueUrl, AttributeNames: ['FifoQueue'] }),
  { Attributes: { FifoQueue: 'true' } });
