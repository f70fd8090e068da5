import type { Duration } from 'aws-cdk-lib';
import type { CfnGlobalTable } from 'aws-cdk-lib/aws-dynamodb';
import { Construct, type IConstruct } from 'constructs';
import type { Cache } from '../cache';
import { Handler } from '../core/handler';
import { refuse } from '../core/rules';
import { StartAt } from '../core/stream-worker';
import { Access, type INetwork } from '../core/wiring';
import { FunctionService } from '../function-service/index';
import type { IChangeConsumer, KeyValueStore } from '../key-value-store';
import { Network } from '../network/index';

/** How entries are invalidated when items change. */
export interface InvalidationOptions {
  /**
   * The partition key of the table and, where there is one, its sort key after it.
   * @default - the keys of the store; to be given for one that adopts a table
   */
  readonly keys?: string[];
  /**
   * The attribute with the version of an item. An entry that is as new as the change then stays. `TableSource` writes `version`.
   * @default - every change drops the entry
   */
  readonly versionAttribute?: string;
  /**
   * The network that the function runs in: that of the cache.
   * @default - the network of the stack: Network.of(this)
   */
  readonly network?: INetwork;
  /**
   * How far it may fall behind the changes before its alarm goes off.
   * @default Duration.minutes(15)
   */
  readonly maxLag?: Duration;
}

/** What drops the entries of items that change. */
export interface IInvalidation extends IConstruct {
  /** The function that drops them. */
  readonly worker: FunctionService;
  /** How it reads the changes. */
  readonly consumer: IChangeConsumer;
}

/** A change is tried for hours: who gives up leaves an old value until it expires. */
const ATTEMPTS = 1000;

/** What an invalidation is made of. */
export interface InvalidationParts {
  readonly cache: Cache;
  readonly store: KeyValueStore;
  readonly namespace: string;
  readonly keys: string[];
  readonly options: InvalidationOptions;
}

/** The invalidation of one call of `invalidateOn`. */
export class Invalidation extends Construct implements IInvalidation {
  public readonly worker: FunctionService;
  public readonly consumer: IChangeConsumer;

  constructor(scope: Construct, id: string, { cache, store, namespace, keys, options }: InvalidationParts) {
    super(scope, id);
    const { versionAttribute, network, maxLag } = options;
    this.worker = new FunctionService(this, 'Worker', {
      handler: Handler.of('runtime/cache-invalidation'),
      network: network ?? Network.of(this),
      environment: { CACHE_INVALIDATION: JSON.stringify({ namespace, keys, versionAttribute }) },
    });
    this.worker.use(cache, Access.READ_WRITE, { name: 'CACHE' });
    this.consumer = store.consumedBy(this.worker, {
      idempotent: true, name: `Invalidation-${this.node.addr.slice(-8)}`, maxAttempts: ATTEMPTS, maxLag,
      // No change is missed between the first write to the cache and the first poll; those of the day before do no harm.
      startAt: StartAt.TRIM_HORIZON,
    });
  }
}

/** The partition key of a store and, where there is one, its sort key. */
export function keysOf(scope: IConstruct, { node, table }: KeyValueStore): string[] {
  const schema = (table.node.defaultChild as CfnGlobalTable | undefined)?.keySchema;
  if (!Array.isArray(schema)) {
    refuse(scope, 'CacheStrategy.UnknownKeys', `the store ${node.path}, whose table does not show its keys`, "keys, for example ['id']");
  }
  return (schema as CfnGlobalTable.KeySchemaProperty[]).map(({ attributeName }) => attributeName);
}
