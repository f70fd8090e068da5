// What is written is found in another form of the word; who may only search cannot write; nobody gets in without a signature.
import { IntegTest, Match } from '@aws-cdk/integ-tests-alpha';
import { App, Duration, Stack } from 'aws-cdk-lib';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { Access, FunctionService, Handler, Network, Profile, SearchEngine, SearchField, SearchIndex } from '../../lib';
import { expectSoon } from './expect-soon';

const app = new App({ analyticsReporting: false });
Profile.set(app, Profile.SANDBOX);
const stack = new Stack(app, 'integ-search-index');

const events = new SearchIndex(stack, 'Events', { fields: [SearchField.text('title')], engine: SearchEngine.OPENSEARCH });
// Signs a request, unless it is anonymous, and tells the status and what was found.
const handler = Handler.fromCode(Code.fromInline(`
  const { createHash, createHmac } = require('node:crypto');
  const env = process.env;
  const sign = (key, text) => createHmac('sha256', key).update(text).digest();
  const hash = (text) => createHash('sha256').update(text).digest('hex');
  exports.handler = async ({ method, path, body, anonymous }) => {
    const url = new URL('/' + env.EVENTS_INDEX + path, env.EVENTS_ENDPOINT);
    const text = body ? JSON.stringify(body) : '';
    const time = new Date().toISOString().replace(/[-:]|\\.\\d+/g, '');
    const scope = [time.slice(0, 8), env.AWS_REGION, 'es', 'aws4_request'];
    const headers = { 'content-type': 'application/json', host: url.host, 'x-amz-date': time, 'x-amz-security-token': env.AWS_SESSION_TOKEN };
    const names = Object.keys(headers).sort();
    const request = [method, url.pathname, '', ...names.map((name) => name + ':' + headers[name]), '', names.join(';'), hash(text)].join('\\n');
    const signature = sign(scope.reduce(sign, 'AWS4' + env.AWS_SECRET_ACCESS_KEY), ['AWS4-HMAC-SHA256', time, scope.join('/'), hash(request)].join('\\n'));
    const { host, ...sent } = headers;
    const authorization = 'AWS4-HMAC-SHA256 Credential=' + [env.AWS_ACCESS_KEY_ID, ...scope].join('/')
      + ', SignedHeaders=' + names.join(';') + ', Signature=' + signature.toString('hex');
    const options = { method, headers: anonymous ? { 'content-type': 'application/json' } : { ...sent, authorization }, ...text && { body: text } };
    const response = await fetch(url, options);
    const answer = await response.json().catch(() => ({}));
    return { status: response.status, found: answer.hits?.hits?.map((hit) => hit._id) };
  };
`));
const network = Network.of(stack);
const service = (id: string) => new FunctionService(stack, id, { handler, network, timeout: Duration.seconds(30) });
const writer = service('Writer');
writer.use(events, Access.WRITE);
const searcher = service('Searcher');
searcher.use(events, Access.READ);

const { assertions } = new IntegTest(app, 'SearchIndex', { testCases: [stack] });
const call = (who: FunctionService, event: object) =>
  assertions.invokeFunction({ functionName: who.function.functionName, payload: JSON.stringify(event) });
const answers = (answer: { [key: string]: unknown }) => ({ Payload: Match.serializedJson(Match.objectLike(answer)) });

const settings = {
  mappings: { properties: { words: { type: 'text', analyzer: 'english' } } }, aliases: { [events.indexName]: {} },
};
const search = { query: { match: { words: 'running' } } };
expectSoon(call(writer, { method: 'PUT', path: '-g1', body: settings }), answers({ status: 200 }))
  .next(expectSoon(call(writer, { method: 'PUT', path: '-g1/_doc/e1', body: { words: 'she runs' } }), answers({ status: 201 })))
  .next(expectSoon(call(searcher, { method: 'POST', path: '/_search', body: search }), answers({ status: 200, found: ['e1'] }), Duration.minutes(1)))
  .next(expectSoon(call(writer, { method: 'POST', path: '/_search', body: search }), answers({ status: 403 })))
  .next(expectSoon(call(searcher, { method: 'PUT', path: '-g1/_doc/e2', body: { words: 'x' } }), answers({ status: 403 })))
  .next(expectSoon(call(searcher, { method: 'POST', path: '/_search', body: search, anonymous: true }), answers({ status: 403 })));
