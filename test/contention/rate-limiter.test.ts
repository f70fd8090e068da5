/** Rate limits on a real DynamoDB stand-in and a real Valkey, asked by processes of their own. */
import { setTimeout as sleep } from 'node:timers/promises';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { GetCommand } from '@aws-sdk/lib-dynamodb';
import { App, BootstraplessSynthesizer, CfnOutput, Duration, Stack } from 'aws-cdk-lib';
import { Template as Synthesised } from 'aws-cdk-lib/assertions';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { Redis } from 'iovalkey';

import { Access, FailMode, FunctionService, Handler, Profile, RateLimiter as Limiter } from '../../lib';
import type { LocalAws, Valkey } from '../../local';
import {
  DynamoDbLimits, MemoryLimits, type RateLimit, type RateLimitBackend, RateLimiter, ValkeyLimits,
} from '../../runtime/rate-limiter';
import { deploy, type Template } from '../local/emulator/cloudformation';
import { withCode } from '../local/emulator/function-code';
import { start, stopAll } from '../local/start';
import { type Contender, endContenders, startContenders } from './support/contender';
import { scaled } from './support/scale';
import { createTable, documents, startValkey, stopValkeys } from './support/servers';
import type { Order, Report, Store, Taken } from './workers/rate-limiter';

const MONTH = 2_592_000;
const PROCESSES = 4;

let aws: LocalAws;
let server: Valkey;
let valkey: Redis;
let contenders: Contender[];

beforeAll(async () => {
  [aws, server, contenders] = await Promise.all([start(), startValkey(), startContenders('rate-limiter', PROCESSES)]);
  valkey = new Redis(server.port, server.host);
  await createTable(aws.endpoint, 'limits', 'key:S');
}, 60_000);
afterAll(async () => {
  valkey.disconnect();
  await Promise.all([endContenders(), stopValkeys(), stopAll()]);
});

/** Has every process take, and adds up what they report. */
async function take(order: Omit<Order, 'aws' | 'valkey'>): Promise<Report> {
  const reports = await Promise.all(contenders.map((contender) =>
    contender.ask<Report>('take', { ...order, aws: aws.endpoint, valkey: server.port })));
  const sum = (of: (report: Report) => number) => reports.reduce((all, report) => all + of(report), 0);
  const taken = reports.flatMap((report) => report.taken).sort(([a], [b]) => a - b);
  return { taken, denied: sum(({ denied }) => denied), unavailable: sum(({ unavailable }) => unavailable) };
}

/**
 * The model: by how much the takes that surely fall into an interval, since they were asked for and answered in it, are more
 * than the most and the rate give. It knows nothing of how the limiter counts.
 */
function beyond(taken: readonly Taken[], most: number, perMillisecond: number): number {
  const ends = [...taken].sort(([, a], [, b]) => a - b);
  return Math.max(...taken.map(([from]) => {
    // One millisecond more, since the clock of the machine is read in whole ones.
    return Math.max(...ends.filter(([asked]) => asked >= from)
      .map(([, answered], before) => before + 1 - most - perMillisecond * (answered - from + 1)));
  }));
}

const LIMITS: Record<string, (requests: number) => RateLimit> = {
  'token-bucket': (requests) => ({ requests, windowSeconds: MONTH }),
  'sliding-window': (requests) => ({ requests, windowSeconds: MONTH, algorithm: 'sliding-window' }),
};

describe.each<Store>(['DynamoDB', 'iovalkey', 'ioredis'])('%s', (store) => {
  test.each(Object.entries(LIMITS))('lets exactly as many pass as the limit says, of all at once: %s', async (_, limit) => {
    const requests = scaled(500, 100);
    const callers = scaled(1000, 200) / PROCESSES;
    const { taken, denied, unavailable } = await take({ store, key: `exactly ${store}`, limit: limit(requests), callers });
    expect([taken.length, denied, unavailable]).toEqual([requests, callers * PROCESSES - requests, 0]);
  }, 60_000);
});

describe.each([
  ['DynamoDB', 'token-bucket', 40], ['DynamoDB', 'sliding-window', 40], ['iovalkey', 'token-bucket', 400], ['iovalkey', 'sliding-window', 400],
] as const)('%s, asked without pause by many: %s', (store, algorithm, perSecond) => {
  test('gives what the model allows in every interval, and all of it', async () => {
    const burst = perSecond / 4;
    const bucket = algorithm === 'token-bucket';
    const windowSeconds = bucket ? 10 : 1;
    const limit: RateLimit = { requests: perSecond * windowSeconds, windowSeconds, algorithm, ...bucket ? { burst } : {} };
    const { taken, denied } = await take({ store, key: `model ${store}`, limit, callers: 2, milliseconds: scaled(10_000, 1000) });
    const most = bucket ? burst : perSecond;
    const rate = perSecond / 1000;
    expect(beyond(taken, most, rate)).toBeLessThanOrEqual(0);
    expect(denied).toBeGreaterThan(0);
    const lasted = taken.at(-1)![1] - taken[0]![0];
    // Evenly asked for, a sliding window gives its rate; a bucket its burst as well.
    expect(taken.length).toBeGreaterThan((bucket ? burst : 0) + 0.7 * rate * lasted - perSecond / 4);
  }, 60_000);
});

test('DynamoDB: processes whose clocks differ take as much more as comes in that time, and not more', async () => {
  const limit: RateLimit = { requests: 10, windowSeconds: 10, burst: 10 };
  const aheads = [0, 10_000, 20_000, 30_000];
  const taken: Taken[] = [];
  // The worst that can be: every one finds the bucket emptied by one whose clock is behind, and full by its own.
  for (const ahead of aheads) {
    const order = { store: 'DynamoDB' as const, key: 'skew', limit, callers: 20, ahead, aws: aws.endpoint, valkey: server.port };
    taken.push(...(await contenders[aheads.indexOf(ahead)]!.ask<Report>('take', order)).taken);
  }
  expect(beyond(taken, 10 + 30, 0.001)).toBeLessThanOrEqual(0);
  // Without the allowance for the clocks, the model does not hold: the difference is real.
  expect(beyond(taken, 10, 0.001)).toBeGreaterThan(20);
}, 60_000);

describe('Valkey', () => {
  const counting = (client: Redis) => {
    const calls: unknown[][] = [];
    const call = async (...command: [string, ...(string | number | Buffer)[]]) => {
      const answer: unknown = await client.call(...command);
      calls.push([command[0], answer]);
      return answer;
    };
    return { calls, call };
  };
  const limiter = (limit: RateLimit, backend: RateLimitBackend, whenUnavailable: 'open' | 'closed' = 'closed') =>
    new RateLimiter({ limit, backend, whenUnavailable, deadlineMilliseconds: 400 });

  test.each<RateLimit>([
    { requests: 20, windowSeconds: 1, burst: 7 }, { requests: 20, windowSeconds: 1, algorithm: 'sliding-window' },
  ])('answers as memory does at the time of the server, in one round trip: %j', async (limit) => {
    const client = counting(valkey);
    const time = { now: 0 };
    const remote = limiter(limit, new ValkeyLimits({ client, namespace: 'compared' }));
    const local = limiter(limit, new MemoryLimits({ clock: { now: () => time.now } }));
    await remote.take('warm');
    client.calls.length = 0;
    const answers = new Set<boolean>();
    const takes = scaled(1000, 50);
    for (let index = 0; index < takes; index += 1) {
      const cost = 1 + index * 7 % 3;
      const answer = await remote.take('ada', cost);
      const unit = limit.algorithm === 'sliding-window' ? 1 : 1000;
      time.now = Number((client.calls.at(-1)![1] as string[])[1]) / unit;
      const { allowed, remaining, retryAfterSeconds } = await local.take('ada', cost);
      expect(answer).toMatchObject({ allowed, remaining, retryAfterSeconds: expect.closeTo(retryAfterSeconds, 5) });
      answers.add(allowed);
      await sleep(index * 13 % 29);
    }
    expect([...answers].sort()).toEqual([false, true]);
    expect(client.calls).toHaveLength(takes);
    expect(client.calls.every(([command]) => command === 'EVALSHA')).toBe(true);
  }, 60_000);

  test('keeps nothing of what is idle', async () => {
    const backend = new ValkeyLimits({ client: valkey, namespace: 'idle' });
    await limiter({ requests: 10, windowSeconds: 1, burst: 3 }, backend).take('ada');
    await limiter({ requests: 10, windowSeconds: 1, algorithm: 'sliding-window' }, backend).take('ada');
    expect(await valkey.keys('idle:*')).toHaveLength(2);
    const left = await Promise.all((await valkey.keys('idle:*')).map((key) => valkey.pttl(key)));
    expect(left.every((milliseconds) => milliseconds > 0 && milliseconds <= 2000)).toBe(true);
    await sleep(2050);
    expect(await valkey.keys('idle:*')).toEqual([]);
  });

  test('that hangs or is killed: open lets pass, closed refuses, none waits, and it counts again when it is back', async () => {
    const own = await startValkey();
    const client = new Redis(own.port, own.host, { maxRetriesPerRequest: 1 });
    client.on('error', () => undefined);
    const backend = new ValkeyLimits({ client });
    const limit: RateLimit = { requests: 1000, windowSeconds: MONTH };
    const [open, closed] = [limiter(limit, backend, 'open'), limiter(limit, backend)];
    const both = async () => {
      const began = performance.now();
      const answers = await Promise.all([open.take('ada'), closed.take('ada')]);
      return { answers, milliseconds: performance.now() - began };
    };
    const down = [{ allowed: true, unavailable: true }, { allowed: false, unavailable: true, retryAfterSeconds: 1 }];

    expect(await closed.take('ada', 600)).toMatchObject({ allowed: true, remaining: 400 });
    own.pause();
    const hanging = await both();
    own.resume();
    expect(hanging.answers).toMatchObject(down);
    expect(hanging.milliseconds).toBeLessThan(2000);
    // It has heard nothing of the pause and still knows what was taken.
    expect((await closed.take('ada')).remaining).toBeLessThan(400);
    await own.kill();
    const killed = await both();
    expect(killed.answers).toMatchObject(down);
    expect(killed.milliseconds).toBeLessThan(2000);
    await own.restart();
    const deadline = Date.now() + 10_000;
    let back = await both();
    while (back.answers.some(({ unavailable }) => unavailable) && Date.now() < deadline) {
      back = await both();
    }
    // It lost its memory, and the scripts with it: what was taken may be taken once more.
    expect(back.answers).toMatchObject([{ allowed: true }, { allowed: true }]);
    expect(back.answers[0]!.remaining).toBeGreaterThan(600);
    client.disconnect();
  }, 30_000);
});

test('DynamoDB keeps one item a key, as the page says; gone, open lets pass and closed refuses', async () => {
  const other = await start();
  await createTable(other.endpoint, 'limits', 'key:S');
  const client = documents(other.endpoint);
  const backend = new DynamoDbLimits({ documents: client, tableName: 'limits', namespace: 'api' });
  const limiter = (whenUnavailable: 'open' | 'closed', limit: RateLimit = { requests: 100, windowSeconds: 60, burst: 20 }) =>
    new RateLimiter({ limit, backend, whenUnavailable, deadlineMilliseconds: 3000 });
  const before = Date.now();
  expect(await limiter('closed').take('ada', 2)).toMatchObject({ allowed: true, remaining: 18 });
  await limiter('closed', { requests: 100, windowSeconds: 60, algorithm: 'sliding-window' }).take('ada', 2);
  const item = async (key: string) => (await client.send(new GetCommand({ TableName: 'limits', Key: { key } }))).Item!;
  const { arrival, expiresAt } = await item('api:token-bucket:ada');
  expect(arrival / 1000 - before).toBeGreaterThanOrEqual(1200);
  expect(arrival / 1000 - before).toBeLessThan(11_200);
  expect(expiresAt).toBeGreaterThanOrEqual(before / 1000 + 12 + 3600);
  const { start: began, ...window } = await item('api:sliding-window:ada');
  expect(window).toEqual({ key: 'api:sliding-window:ada', current: 2, previous: 0, expiresAt: began / 1000 + 120 + 3600 });
  expect(began % 60_000).toBe(0);
  await other.stop();
  expect(await Promise.all([limiter('open').take('ada'), limiter('closed').take('ada')]))
    .toMatchObject([{ allowed: true, unavailable: true }, { allowed: false, unavailable: true }]);
}, 60_000);

describe('the construct, deployed', () => {
  const HANDLER = `
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { httpHandler, json, tableName } from './runtime';
import { DynamoDbLimits, RateLimiter, rateLimitHeaders, rateLimitProblem, rateLimitSettings } from './runtime/rate-limiter';
const documents = DynamoDBDocumentClient.from(new DynamoDBClient({}));
const { limit, whenUnavailable, namespace } = rateLimitSettings('PER_USER');
const backend = new DynamoDbLimits({ documents, tableName: tableName('PER_USER'), namespace });
const limiter = new RateLimiter({ limit, whenUnavailable, backend, deadlineMilliseconds: 5000 });
export const handler = httpHandler(async () => {
  const answer = await limiter.take('ada');
  if (!answer.allowed) throw rateLimitProblem(answer);
  return json(200, {}, rateLimitHeaders(answer));
}, { logger: { info() {}, warn() {}, error() {} } });`;

  function template(): Template {
    const app = new App({ analyticsReporting: false });
    Profile.set(app, Profile.SANDBOX);
    const stack = new Stack(app, 'Stack', { synthesizer: new BootstraplessSynthesizer() });
    const limiter = new Limiter(stack, 'PerUser', { requests: 3, window: Duration.days(30), whenUnavailable: FailMode.CLOSED });
    const api = new FunctionService(stack, 'Api', { handler: Handler.fromCode(Code.fromInline('replaced below')), timeout: Duration.seconds(20) });
    api.use(limiter, Access.WRITE);
    new CfnOutput(stack, 'Name', { value: api.function.functionName });
    return withCode(Synthesised.fromStack(stack).toJSON(), () => HANDLER);
  }

  test('is found by the code, which answers 429 beyond the limit', async () => {
    const { Name: FunctionName } = await deploy(aws, 'Limited', template());
    const lambda = new LambdaClient({ endpoint: aws.endpoint, region: 'us-east-1', credentials: { accessKeyId: 'test', secretAccessKey: 'test' } });
    const call = async () => {
      const { Payload } = await lambda.send(new InvokeCommand({ FunctionName, Payload: JSON.stringify({ requestContext: { requestId: 'r' } }) }));
      return JSON.parse(Buffer.from(Payload!).toString()) as { statusCode: number; headers: Record<string, string> };
    };
    const answers = [await call(), await call(), await call(), await call()];
    expect(answers.map(({ statusCode }) => statusCode)).toEqual([200, 200, 200, 429]);
    expect(answers.map(({ headers }) => /r=(\d)/.exec(headers.ratelimit!)![1])).toEqual(['2', '1', '0', '0']);
    expect(answers[2]!.headers['ratelimit-policy']).toBe('"default";q=3;w=2592000');
    expect(Number(answers[3]!.headers['retry-after'])).toBeGreaterThan(863_900);
  }, 60_000);
});
