import { Redis as IoRedis } from 'ioredis';
import { Redis as IoValkey } from 'iovalkey';

import { DynamoDbSessions, type Session, Sessions, ValkeySessions } from '../../../runtime/session-store';
import { serve } from '../support/serve';
import { documents } from '../support/servers';

export type Store = 'DynamoDB' | 'iovalkey' | 'ioredis';

export interface Servers {
  readonly aws: string;
  readonly valkey: number;
  readonly store: Store;
  readonly idleSeconds?: number;
  readonly lifetimeSeconds?: number;
}

export interface Basket {
  readonly [key: string]: unknown;
  readonly items: readonly string[];
}

function open({ aws, valkey, store, ...times }: Servers): Sessions<Basket> {
  if (store === 'DynamoDB') {
    return new Sessions({ backend: new DynamoDbSessions({ documents: documents(aws), tableName: 'sessions' }), ...times });
  }
  const client = store === 'ioredis' ? new IoRedis(valkey, '127.0.0.1') : new IoValkey(valkey, '127.0.0.1');
  return new Sessions({ backend: new ValkeySessions({ client }), ...times });
}

const opened = new Map<string, Sessions<Basket>>();

/** One connection for each backend and each pair of times, as a program has. */
export function sessionsAt(servers: Servers): Sessions<Basket> {
  const settings = JSON.stringify(servers);
  return opened.get(settings) ?? opened.set(settings, open(servers)).get(settings)!;
}

export interface Order {
  readonly servers: Servers;
  readonly id: string;
}

const start = ({ servers }: Order): Promise<Session<Basket>> => sessionsAt(servers).start({ items: [] });

const find = ({ servers, id }: Order): Promise<Session<Basket> | undefined> => sessionsAt(servers).find(id);

const signIn = ({ servers, id, user }: Order & { readonly user: string }): Promise<Session<Basket>> =>
  sessionsAt(servers).signIn(user, { from: id });

const rotate = ({ servers, id }: Order): Promise<Session<Basket> | undefined> => sessionsAt(servers).rotate(id);

const end = ({ servers, id }: Order): Promise<void> => sessionsAt(servers).end(id);

const endAll = ({ servers, user }: Order & { readonly user: string }): Promise<void> => sessionsAt(servers).endAll(user);

/** Puts items into the basket of a session, some at a time. */
async function fill({ servers, id, items }: Order & { readonly items: readonly string[] }): Promise<void> {
  const put = async (item: string) => {
    await sessionsAt(servers).update(id, (basket) => ({ ...basket, items: [...basket.items, item] }));
  };
  for (let i = 0; i < items.length; i += 2) {
    await Promise.all(items.slice(i, i + 2).map(put));
  }
}

serve({ start, find, signIn, rotate, end, endAll, fill });
