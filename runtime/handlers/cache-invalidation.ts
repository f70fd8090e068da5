import { Logger } from '@aws-lambda-powertools/logger';
import type { AttributeValue } from 'aws-lambda';
import { Cluster, Redis } from 'iovalkey';
import { connectCache } from '../cache-connection';
import { itemKey } from '../cache-strategy';
import { CacheEntries } from '../cache-strategy/entries';
import { type ChangeConsumer, changeConsumer } from '../change-consumer';
import { readSetting } from '../environment';
import { lazily } from '../lazily';
import type { StructuredLogger } from '../logger';

/** What the construct tells in `CACHE_INVALIDATION`. */
interface Told {
  readonly namespace: string;
  /** The partition key and, where there is one, the sort key. */
  readonly keys: readonly string[];
  readonly versionAttribute?: string;
}

/**
 * Drops the entry of every item that changes, unless it is as new as the change.
 * A change whose entry could not be dropped is tried again.
 */
export function invalidationHandler(
  entries: Pick<CacheEntries<never>, 'drop'>, told: Told, logger: StructuredLogger,
): ChangeConsumer {
  return changeConsumer({
    logger,
    handle: async ({ dynamodb: { Keys = {}, NewImage = {} } = {} }) => {
      const [partition, sort] = told.keys.map((name) => textOf(Keys[name]));
      const version = told.versionAttribute === undefined ? undefined : textOf(NewImage[told.versionAttribute]);
      if (!await entries.drop(itemKey(partition!, sort), version)) {
        throw new Error('the cache does not answer');
      }
    },
  });
}

const textOf = (value?: AttributeValue) => value?.S ?? value?.N ?? value?.B;

export const handler = lazily(() => {
  const told = JSON.parse(readSetting('CACHE_INVALIDATION', 'strategy.invalidateOn(store)')) as Told;
  const client = connectCache('CACHE', { Cluster, Redis });
  const entries = new CacheEntries<never>({ client, namespace: told.namespace, deadlineMilliseconds: 2000 });
  return invalidationHandler(entries, told, new Logger());
});
