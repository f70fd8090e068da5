/** The data paths of the three gateways in the emulator, from the templates that their users deploy. */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { App, CfnOutput, DefaultStackSynthesizer, Stack } from 'aws-cdk-lib';
import { JsonSchemaType } from 'aws-cdk-lib/aws-apigateway';
import { Template as Synthesised } from 'aws-cdk-lib/assertions';
import { type CfnFunction, Code } from 'aws-cdk-lib/aws-lambda';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { WebSocketClient } from '../../../blueprints/web-socket-client';
import { ApiGateway, DirectTarget, FunctionService, Handler, Profile, RestApiGateway, WebSocketGateway } from '../../../lib';
import type { LocalAws } from '../../../local';
import { localApiUrl } from '../../../local/api-url';
import { Connections, type Post } from '../../../runtime';
import { start, stopAll } from '../start';
import { deploy, type Template } from './cloudformation';

const KEEPER = join(__dirname, '../../../dist/handlers/runtime/web-socket-connections/index.js');
const CREDENTIALS = { accessKeyId: 'test', secretAccessKey: 'test' };

// The emulator lets the test key pass without checking the signature.
const SIGNED = 'AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/execute-api/aws4_request, SignedHeaders=host, Signature=x';

const inline = (code: string) => Handler.fromCode(Code.fromInline(code));

function template(): Template {
  const app = new App({ analyticsReporting: false });
  Profile.set(app, Profile.SANDBOX);
  const stack = new Stack(app, 'Stack', { synthesizer: new DefaultStackSynthesizer({ generateBootstrapVersionRule: false }) });
  const echo = new FunctionService(stack, 'Echo', {
    handler: inline('exports.handler = async ({ body, routeKey, requestContext: { connectionId } }) => ({ statusCode: 200, body: JSON.stringify({ body, routeKey, connectionId }) });'),
  });

  const http = new ApiGateway(stack, 'Http', { version: 'v1' });
  http.route('GET /hello', echo);
  http.route('GET /hello', echo, { version: 'v2', throttle: { ratePerSecond: 5 } });

  const rest = new RestApiGateway(stack, 'Rest', { version: 'v1' });
  // A queue that plain ministack takes too, which refuses the ones that ask for TLS.
  const jobs = new Queue(stack, 'Jobs');
  rest.route('POST /jobs', DirectTarget.queue(jobs));
  rest.route('POST /orders', echo, {
    body: { type: JsonSchemaType.OBJECT, required: ['sku'], properties: { sku: { type: JsonSchemaType.STRING } } },
  });

  const live = new WebSocketGateway(stack, 'Live');
  live.route('echo', echo);
  // The code is an asset, which would need a bucket.
  (live.keeper!.function.node.defaultChild as CfnFunction).code = { zipFile: readFileSync(KEEPER, 'utf8') };

  const outputs = {
    Http: http.url,
    Rest: rest.url,
    Live: live.url,
    Callback: live.callbackUrl,
    Table: live.connections!.table.tableName,
    JobsUrl: jobs.queueUrl,
  };
  Object.entries(outputs).forEach(([id, value]) => new CfnOutput(stack, `${id}Out`, { value }));
  return Synthesised.fromStack(stack).toJSON() as Template;
}

let aws: LocalAws;
let out: Record<string, string>;

beforeAll(async () => {
  aws = await start();
  out = await deploy(aws, 'Gateways', template());
}, 120_000);
afterAll(stopAll);

describe('an HTTP API', () => {
  test.each([['/v1/hello', 200], ['/v2/hello', 200], ['/hello', 404]])('%s is answered with %d', async (path, status) => {
    const response = await fetch(localApiUrl(aws.endpoint, `${out.HttpOut}${path}`));
    expect(response.status).toBe(status);
  }, 20_000);
});

describe('a REST API', () => {
  const post = (path: string, body: string, type = 'application/json') =>
    fetch(localApiUrl(aws.endpoint, `${out.RestOut}/v1${path}`), {
      method: 'POST', body, headers: { 'content-type': type },
    });

  test('lets a request through that is what it must be', async () => {
    const response = await post('/orders', '{"sku":"a"}');
    expect([response.status, await response.json()]).toMatchObject([200, { body: '{"sku":"a"}' }]);
  }, 20_000);

  // Its CloudFormation forgets request validators, so that bodies and queries are checked on AWS only: integ.rest-api-gateway.ts.
  test.each([
    ['a route that there is not', 403, '/nowhere', 'application/json', 'Missing Authentication Token'],
    ['what no template can read', 415, '/jobs', 'text/plain', 'Unsupported Media Type'],
  ])('refuses %s with a problem', async (_, status, path, type, detail) => {
    const response = await post(path, '{}', type);
    expect([response.status, response.headers.get('content-type')]).toEqual([status, 'application/problem+json']);
    expect(await response.json()).toMatchObject({ type: 'about:blank', detail });
  });

  test('puts a message into a queue with no function between, whatever is in it', async () => {
    const text = JSON.stringify({ say: 'it\'s "1 + 1 = 2" & ü %41', lines: 'a\nb' });
    const response = await post('/jobs', text);
    expect([response.status, await response.text()]).toEqual([202, '{}']);
    const sqs = new SQSClient({ endpoint: aws.endpoint, region: 'us-east-1', credentials: CREDENTIALS });
    const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl: out.JobsUrlOut, WaitTimeSeconds: 5 }));
    expect(Messages.map(({ Body }) => Body)).toEqual([text]);
  }, 20_000);
});

describe('a WebSocket API', () => {
  const logger = { info: () => undefined, warn: () => undefined, error: () => undefined };
  const connections = () => new Connections({
    client: DynamoDBDocumentClient.from(new DynamoDBClient({ endpoint: aws.endpoint, region: 'us-east-1', credentials: CREDENTIALS })),
    tableName: out.TableOut!,
    logger: logger as never,
  });
  const post: Post = async (connectionId, body) => {
    const { status } = await fetch(`${localApiUrl(aws.endpoint, out.CallbackOut!)}/@connections/${connectionId}`, {
      method: 'POST', body, headers: { authorization: SIGNED },
    });
    if (status !== 200) {
      throw Object.assign(new Error(`status ${status}`), { $metadata: { httpStatusCode: status } });
    }
  };
  const connect = (query: string) => WebSocketClient.connect(localApiUrl(aws.endpoint, `${out.LiveOut}${query}`));
  const known = async (group: string) => {
    const ids: string[] = [];
    for await (const page of connections().of(group)) {
      ids.push(...page);
    }
    return ids;
  };
  const settled = async (group: string, count: number) => {
    while ((await known(group)).length !== count) {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  };

  test('answers, broadcasts to those of a group, and forgets those that have gone', async () => {
    const [ada, bob, eve] = await Promise.all([connect('?group=room'), connect('?group=room'), connect('')]);
    await settled('room', 2);
    expect(await known('all')).toHaveLength(1);

    ada.send(JSON.stringify({ action: 'echo', text: 'hello' }));
    const { connectionId } = JSON.parse(await ada.next());
    expect(await known('room')).toContain(connectionId);

    expect(await connections().broadcast('room', { news: 1 }, post)).toEqual({ sent: 2, gone: 0, failed: 0 });
    expect([await ada.next(), await bob.next()]).toEqual(['{"news":1}', '{"news":1}']);

    bob.close();
    await settled('room', 1);
    ada.close();
    eve.close();
    await settled('room', 0);
    await settled('all', 0);
  }, 60_000);

  test('a connection whose end nobody told is forgotten by the first broadcast that meets it', async () => {
    await connections().remember('long-gone', 'ghosts', 60);
    expect(await connections().broadcast('ghosts', 'anybody?', post)).toEqual({ sent: 0, gone: 1, failed: 0 });
    expect(await known('ghosts')).toEqual([]);
  }, 20_000);
});
