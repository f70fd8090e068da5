import { IdempotencyConfig, makeIdempotent } from '@aws-lambda-powertools/idempotency';
import { DynamoDBPersistenceLayer } from '@aws-lambda-powertools/idempotency/dynamodb';

import { DynamoDbAnswers, Idempotency } from '../../../runtime/idempotency';
import type { Comparison, Variant } from '../comparison';
import type { World } from '../world';

const ANSWER = { status: 'paid', id: 'a3f0' };
const work = async () => ANSWER;

const variants = (keyOf: (number: number) => string) => async (world: World): Promise<Variant[]> => {
  const mine = world.documents();
  const theirs = world.dynamoDb();
  const idempotency = new Idempotency({
    backend: new DynamoDbAnswers({ documents: mine.client, tableName: await world.table('id:S') }), name: 'pay',
  });
  const config = new IdempotencyConfig({ eventKeyJmesPath: 'key' });
  config.registerLambdaContext({ getRemainingTimeInMillis: () => 10_000 } as never);
  const powertools = makeIdempotent(async (payload: { key: string }) => payload && work(), {
    persistenceStore: new DynamoDBPersistenceLayer({ tableName: await world.table('id:S'), awsSdkV3Client: theirs.client }), config,
  });
  return [
    { name: 'ours', trips: mine.trips, run: (number) => idempotency.run(keyOf(number), work) },
    {
      name: 'Powertools idempotency 2.35.0', trips: theirs.trips,
      run: (number) => (powertools as (payload: { key: string }) => Promise<unknown>)({ key: keyOf(number) }),
    },
  ];
};

export const IDEMPOTENCY: readonly Comparison[] = [
  { what: 'a new key, DynamoDB', page: 'idempotency', trips: 2, variants: variants((number) => `key-${number}`) },
  {
    what: 'a key that was answered, DynamoDB', page: 'idempotency', trips: 1,
    variants: async (world) => {
      const made = await variants((number) => `key-${number % 10}`)(world);
      for (const { run } of made) {
        for (let key = 0; key < 10; key++) {
          await run(key);
        }
      }
      return made;
    },
  },
];
