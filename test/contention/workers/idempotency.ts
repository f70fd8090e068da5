import { setTimeout as sleep } from 'node:timers/promises';
import { TransactWriteCommand } from '@aws-sdk/lib-dynamodb';
import { Redis as IoRedis } from 'ioredis';
import { Redis as IoValkey } from 'iovalkey';

import {
  cancellationCodes, DynamoDbAnswers, Idempotency, KeyInProgressError, once, ValkeyAnswers,
} from '../../../runtime/idempotency';
import { serve, tell } from '../support/serve';
import { documents } from '../support/servers';

export type Store = 'DynamoDB' | 'iovalkey' | 'ioredis';

export interface Order {
  readonly aws: string;
  readonly valkey: number;
  readonly store: Store;
  readonly key: string;
  readonly request?: unknown;
  readonly expirySeconds?: number;
  readonly inProgressMilliseconds?: number;
  /** How long it works after the effect. */
  readonly milliseconds?: number;
  /** How often it asks at once. */
  readonly count?: number;
}

export interface Answers {
  readonly answers: readonly string[];
  readonly refused: number;
}

function open({ aws, valkey, store, expirySeconds }: Order) {
  const client = store === 'ioredis' ? new IoRedis(valkey, '127.0.0.1') : new IoValkey(valkey, '127.0.0.1');
  const backend = store === 'DynamoDB'
    ? new DynamoDbAnswers({ documents: documents(aws), tableName: 'answers' })
    : new ValkeyAnswers({ client });
  const idempotency = new Idempotency({ backend, name: 'order', expirySeconds });
  return { effect: (key: string) => client.incr(`effects of ${key}`), idempotency };
}

const opened = new Map<string, ReturnType<typeof open>>();

/** Its effect is one more in a counter; its answer says the how manieth it was, and who did it. */
async function place(order: Order): Promise<string> {
  const settings = JSON.stringify([order.store, order.expirySeconds]);
  const { effect, idempotency } = opened.get(settings) ?? opened.set(settings, open(order)).get(settings)!;
  const work = async () => {
    const effects = await effect(order.key);
    tell('effect');
    await sleep(order.milliseconds ?? 0);
    return { effects, by: process.pid };
  };
  return JSON.stringify(await idempotency.run(order.key, work, {
    request: order.request, inProgressMilliseconds: order.inProgressMilliseconds,
  }));
}

/** Asks several times at once, and again where a request is under way. */
async function placeMany(order: Order): Promise<Answers> {
  let refused = 0;
  const untilAnswered = async (): Promise<string> => {
    for (;;) {
      try {
        return await place(order);
      } catch (error) {
        if (!(error instanceof KeyInProgressError)) {
          throw error;
        }
        refused += 1;
        await sleep(50);
      }
    }
  };
  const answers = await Promise.all(Array.from({ length: order.count! }, untilAnswered));
  return { answers: [...new Set(answers)], refused };
}

/** Counts messages, each once, however often they are delivered. */
async function count({ aws, ids }: { readonly aws: string; readonly ids: readonly string[] }): Promise<number> {
  const client = documents(aws);
  let counted = 0;
  for (const id of ids) {
    const Update = { TableName: 'counts', Key: { id }, UpdateExpression: 'ADD n :one', ExpressionAttributeValues: { ':one': 1 } };
    const TransactItems = [once({ tableName: 'answers', id: `message#${id}`, expirySeconds: 3600 }), { Update }];
    try {
      await client.send(new TransactWriteCommand({ TransactItems }));
      counted += 1;
    } catch (error) {
      if (cancellationCodes(error)[0] !== 'ConditionalCheckFailed') {
        throw error;
      }
    }
    tell(id);
  }
  return counted;
}

serve({ place, placeMany, count });
