/** Why idempotency here is not that of Powertools (docs/decisions/0016): each test fails when its reason is gone. */
import { IdempotencyConfig, makeIdempotent } from '@aws-lambda-powertools/idempotency';
import { CachePersistenceLayer } from '@aws-lambda-powertools/idempotency/cache';
import { DynamoDBPersistenceLayer } from '@aws-lambda-powertools/idempotency/dynamodb';
import { Redis } from 'iovalkey';
import { setTimeout as sleep } from 'node:timers/promises';

import { systemClock } from '../../runtime';
import { DynamoDbAnswers, Idempotency } from '../../runtime/idempotency';
import { start, stopAll } from '../local/start';
import { createTable, documents, dynamoDb, startValkey, stopValkeys } from './support/servers';

const RESERVED = 400;
let endpoint: string;

beforeAll(async () => {
  ({ endpoint } = await start());
  await Promise.all([createTable(endpoint, 'powertools', 'id:S'), createTable(endpoint, 'ours', 'id:S')]);
});
afterAll(() => Promise.all([stopAll(), stopValkeys()]));

function deferred() {
  let resolve!: (answer: string) => void;
  let reject!: (error: Error) => void;
  const promise = new Promise<string>((...settle) => {
    [resolve, reject] = settle;
  });
  return { promise, resolve, reject };
}

/**
 * An attempt that outlives its reservation and then fails, one that follows it, and one that comes when the first has failed.
 * @param outlive passes the time for which the first attempt has reserved the key
 */
async function overtaken(
  attempt: (work: () => Promise<string>) => Promise<string>, outlive: () => Promise<unknown>,
): Promise<unknown[]> {
  const working = [0, 1].map(() => deferred());
  const told = (thrown: unknown) => (thrown as Error).name;
  const first = attempt(() => working[0]!.promise).catch(told);
  await outlive();
  const second = attempt(() => working[1]!.promise).catch(told);
  await sleep(100);
  working[0]!.reject(new Error('the first fails late'));
  await first;
  const third = await attempt(async () => 'third').catch(told);
  working[1]!.resolve('second');
  return [await second, third];
}

test('a late attempt that fails lets a third one run beside the second, and two answers are given', async () => {
  const config = new IdempotencyConfig({});
  const persistenceStore = new DynamoDBPersistenceLayer({ tableName: 'powertools', awsSdkV3Client: dynamoDb(endpoint) });
  config.registerLambdaContext({ getRemainingTimeInMillis: () => RESERVED } as never);
  const attempt = (work: () => Promise<string>) => {
    const idempotent = makeIdempotent(async (payload: { key: string }) => payload && work(), { persistenceStore, config });
    return (idempotent as (payload: { key: string }) => Promise<string>)({ key: 'a' });
  };
  const answers = await overtaken(attempt, () => sleep(RESERVED * 1.5));
  expect(answers).toEqual(['second', 'third']);
}, 20_000);

test('ours lets nobody in while the second is at work', async () => {
  let passed = 0;
  const clock = { ...systemClock, now: () => Date.now() + passed };
  const backend = new DynamoDbAnswers({ documents: documents(endpoint), tableName: 'ours', clock });
  const idempotency = new Idempotency({ backend, name: 'a' });
  const answers = await overtaken((work) => idempotency.run('key', work), async () => {
    passed = 100_000;
  });
  expect(answers).toEqual(['second', 'KeyInProgressError']);
}, 20_000);

test('in a cache, payload validation refuses the very request that made the record', async () => {
  const { port, host } = await startValkey();
  const client = new Redis(port, host);
  const config = new IdempotencyConfig({ eventKeyJmesPath: 'key', payloadValidationJmesPath: 'amount' });
  config.registerLambdaContext({ getRemainingTimeInMillis: () => 10_000 } as never);
  const persistenceStore = new CachePersistenceLayer({
    client: {
      get: (name) => client.get(name),
      set: (name, value, options) => {
        const { EX, NX } = options as { EX: number; NX?: boolean };
        return client.call('SET', name as string, value as string, 'EX', EX, ...NX ? ['NX'] : []) as Promise<string | null>;
      },
      del: (keys) => client.del(...keys),
    },
  });
  interface Payment { readonly key: string; readonly amount: number }
  const pay = makeIdempotent(async ({ amount }: Payment) => amount, { persistenceStore, config }) as unknown as
    (payment: Payment) => Promise<number>;
  await expect(pay({ key: 'a', amount: 5 })).resolves.toBe(5);
  await expect(pay({ key: 'a', amount: 5 })).rejects.toThrow('Payload does not match stored record');
  client.disconnect();
}, 20_000);
