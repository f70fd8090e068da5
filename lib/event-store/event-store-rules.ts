import { Duration } from 'aws-cdk-lib';
import { TableEncryptionV2 } from 'aws-cdk-lib/aws-dynamodb';
import { adoptsOrShapes, text, wholeNumber } from '../core/checks';
import type { Refusal, Rule } from '../core/rules';
import { show } from '../core/show';
import { TrafficEstimate } from '../core/traffic-estimate';
import { typed } from '../core/typed';
import type { EventArchiveOptions } from './event-archive';
import type { EventStoreProps } from './event-store';

/** What EventStore refuses. */
export const EVENT_STORE_RULES: readonly Rule<EventStoreProps>[] = [
  {
    code: 'EventStore.WrongType',
    first: true,
    check: (props) => typed(props, {
      archive: { store: 'construct', worm: 'duration', prefix: 'text' },
      traffic: TrafficEstimate,
      encryption: TableEncryptionV2,
      recoveryPeriod: 'duration',
      disposable: 'flag',
      tableProps: 'object',
      table: 'construct',
    }),
  },
  { code: 'EventStore.AdoptOrShape', check: (props) => adoptsOrShapes('table', props, ['archive']) },
  { code: 'EventStore.RecoveryPeriod', check: ({ recoveryPeriod }) => wholeDays('recoveryPeriod', recoveryPeriod, 35) },
  { code: 'EventStore.ArchiveStore', check: ({ archive }) => archive && wrongStore(archive) },
  { code: 'EventStore.ArchivePrefix', check: ({ archive }) => text('archive.prefix', archive?.prefix, 0, 100) },
  // A hundred years is what S3 takes.
  { code: 'EventStore.Worm', check: ({ archive }) => wholeDays('archive.worm', archive?.worm, 36_500) },
  {
    code: 'EventStore.WormOfGivenStore',
    check: ({ archive }) => archive?.store && archive.worm
      ? { given: 'archive.worm beside archive.store', allowed: 'worm of a store that is made here; the bucket of a given one keeps its own lock' }
      : undefined,
  },
];

/** Not by its class, which would have to be loaded for that. */
function wrongStore({ store }: EventArchiveOptions): Refusal | undefined {
  return store === undefined || typeof store.on === 'function' && store.bucket !== undefined
    ? undefined
    : { given: `archive.store is ${show(store)}`, allowed: 'an ObjectStore' };
}

function wholeDays(prop: string, value: Duration | undefined, most: number): Refusal | undefined {
  const day = Duration.days(1).toSeconds();
  return value?.isUnresolved() || (value?.toMilliseconds() ?? 0) / 1000 % day !== 0
    ? { given: `${prop} is not a number of days known at synthesis`, allowed: `whole days from 1 to ${most}` }
    : wholeNumber(`${prop} in days`, value?.toDays(), 1, most);
}
