import type { Duration } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { Handler } from '../core/handler';
import { Access } from '../core/wiring';
import type { FunctionService } from '../function-service/index';
import type { KeyValueStore } from '../key-value-store/index';

/** Who is connected, and what keeps that up to date. */
export interface Connections {
  readonly table: KeyValueStore;
  readonly keeper: FunctionService;
}

/** Makes the table of connections and the function that answers `$connect` and `$disconnect`. */
export function keepConnections(scope: Construct, connectionTtl: Duration): Connections {
  /* eslint-disable @typescript-eslint/no-require-imports -- whoever uses HTTP APIs only never loads them */
  const stores = require('../key-value-store/index') as typeof import('../key-value-store/index');
  const functions = require('../function-service/index') as typeof import('../function-service/index');
  /* eslint-enable @typescript-eslint/no-require-imports */
  // eslint-disable-next-line awscdk/require-passing-this -- constructs pass themselves
  const table = new stores.KeyValueStore(scope, 'Connections', {
    partitionKey: 'connectionId',
    timeToLive: 'expiresAt',
    accessPatterns: [{ name: 'group', partitionKey: 'group' }],
    // Nobody is connected to a gateway that is gone.
    disposable: true,
  });
  // eslint-disable-next-line awscdk/require-passing-this -- constructs pass themselves
  const keeper = new functions.FunctionService(scope, 'Keeper', {
    handler: Handler.of('runtime/web-socket-connections'),
    environment: { CONNECTION_TTL_SECONDS: String(connectionTtl.toSeconds()) },
  });
  keeper.use(table, Access.WRITE, { name: 'CONNECTIONS' });
  return { table, keeper };
}
