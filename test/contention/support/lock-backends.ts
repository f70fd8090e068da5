import Redis from 'ioredis';
import { Redis as Valkey } from 'iovalkey';

import { DynamoDbLocks, type LockBackend, Redlock, type ValkeyClient, ValkeyLocks } from '../../../runtime';
import { documents } from './servers';

/** A backend as it can be told to another process. */
export type BackendPlace =
  | { readonly kind: 'dynamodb'; readonly endpoint: string; readonly tableName: string }
  | { readonly kind: 'valkey' | 'redlock'; readonly ports: readonly number[]; readonly client?: 'iovalkey' | 'ioredis' };

const opened: { disconnect(): void }[] = [];

/** A client that gives up soon on a server that is gone, as the page advises. */
export function openClient(port: number, kind: 'iovalkey' | 'ioredis' = 'iovalkey'): ValkeyClient {
  const options = { port, host: '127.0.0.1', maxRetriesPerRequest: 1, retryStrategy: () => 50 };
  const client = kind === 'iovalkey' ? new Valkey(options) : new Redis(options);
  // Connections to servers that a test kills fail all the time.
  client.on('error', () => undefined);
  opened.push(client);
  return client;
}

export function closeClients(): void {
  opened.forEach((client) => client.disconnect());
}

export function openBackend(place: BackendPlace): LockBackend {
  if (place.kind === 'dynamodb') {
    return new DynamoDbLocks({ documents: documents(place.endpoint), tableName: place.tableName });
  }
  const clients = place.ports.map((port) => openClient(port, place.client));
  return place.kind === 'redlock' ? new Redlock({ clients, nodeMilliseconds: 250 }) : new ValkeyLocks({ client: clients[0]! });
}
