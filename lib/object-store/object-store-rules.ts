import { Duration } from 'aws-cdk-lib';
import { adoptsOrShapes, notManaged, text } from '../core/checks';
import type { Refusal, Rule } from '../core/rules';
import { isObject, show } from '../core/show';
import { typed } from '../core/typed';
import { ObjectEvent, type ObjectFilter } from './object-event';
import type { ObjectStoreProps } from './object-store';

/** Whole days of at least so many; undefined and tokens pass. The most is what S3 takes. */
function wholeDays(prop: string, value: Duration | undefined, min: number): Refusal | undefined {
  const days = inDays(value);
  const kept = days === undefined || Number.isInteger(days) && days >= min && days <= 2_147_483_647;
  return kept ? undefined : { given: `${prop} is ${days} days`, allowed: `whole days, ${min} or more` };
}

const inDays = (value: Duration | undefined) =>
  value === undefined || value.isUnresolved() ? undefined : value.toMilliseconds() / Duration.days(1).toMilliseconds();

/** What ObjectStore refuses. Bounds: Amazon S3 lifecycle and replication. */
export const OBJECT_STORE_RULES: readonly Rule<ObjectStoreProps>[] = [
  {
    code: 'ObjectStore.WrongType',
    first: true,
    check: (props) => typed(props, {
      versioned: 'flag',
      oldVersionsExpireAfter: 'duration',
      tiering: { coldAfter: 'duration', archiveAfter: 'duration', deepArchiveAfter: 'duration', intelligent: 'flag' },
      expireAfter: 'duration',
      abortUploadsAfter: 'duration',
      encryptionKey: 'construct',
      cors: 'objects',
      replicateTo: 'construct',
      serverAccessLogs: 'construct',
      events: 'flag',
      requestMetrics: 'flag',
      disposable: 'flag',
      bucketProps: 'object',
      bucket: 'construct',
    }),
  },
  { code: 'ObjectStore.AdoptOrShape', check: (props) => adoptsOrShapes('bucket', props) },
  { code: 'ObjectStore.OldVersionsExpireAfter', check: (props) => wholeDays('oldVersionsExpireAfter', props.oldVersionsExpireAfter, 1) },
  { code: 'ObjectStore.ExpireAfter', check: (props) => wholeDays('expireAfter', props.expireAfter, 1) },
  { code: 'ObjectStore.AbortUploadsAfter', check: (props) => wholeDays('abortUploadsAfter', props.abortUploadsAfter, 1) },
  { code: 'ObjectStore.ColdAfter', check: ({ tiering }) => wholeDays('tiering.coldAfter', tiering?.coldAfter, 30) },
  { code: 'ObjectStore.ArchiveAfter', check: ({ tiering }) => wholeDays('tiering.archiveAfter', tiering?.archiveAfter, 1) },
  { code: 'ObjectStore.DeepArchiveAfter', check: ({ tiering }) => wholeDays('tiering.deepArchiveAfter', tiering?.deepArchiveAfter, 1) },
  { code: 'ObjectStore.TiersInverted', check: tiersInverted },
  {
    code: 'ObjectStore.IntelligentAlone',
    check: ({ tiering }) => tiering?.intelligent && (tiering.coldAfter ?? tiering.archiveAfter ?? tiering.deepArchiveAfter)
      ? { given: 'tiering.intelligent beside tiers by age', allowed: 'one of the two: intelligent tiering moves objects itself' }
      : undefined,
  },
  {
    code: 'ObjectStore.OldVersionsWithoutVersions',
    check: ({ oldVersionsExpireAfter, versioned }) => oldVersionsExpireAfter && versioned === false
      ? { given: 'oldVersionsExpireAfter with versioned: false', allowed: 'oldVersionsExpireAfter with versions' }
      : undefined,
  },
  {
    code: 'ObjectStore.ReplicaNeedsVersions',
    check: ({ replicateTo, versioned }) => replicateTo && versioned === false
      ? { given: 'replicateTo with versioned: false', allowed: 'replicateTo with versions, in which S3 copies objects' }
      : undefined,
  },
  {
    code: 'ObjectStore.ReplicaNeedsKey',
    check: ({ replicateTo, encryptionKey }) => replicateTo && encryptionKey && !replicateTo.encryptionKey
      ? { given: `encryptionKey, and replicateTo ${replicateTo.node.path} without a key of its own`, allowed: 'a destination that shows its encryptionKey, for example from Bucket.fromBucketAttributes' }
      : undefined,
  },
  {
    code: 'ObjectStore.ManagedByTheConstruct',
    check: ({ bucketProps }) => notManaged('bucketProps', bucketProps, [
      'versioned', 'encryption', 'encryptionKey', 'cors', 'removalPolicy', 'serverAccessLogsBucket', 'replicationRules', 'replicationRole',
      'autoDeleteObjects', 'eventBridgeEnabled', 'enforceSSL', 'publicReadAccess', 'blockPublicAccess', 'accessControl', 'objectOwnership',
      'websiteIndexDocument', 'websiteRedirect',
    ], 'versioned, encryptionKey, cors, disposable, serverAccessLogs, replicateTo and events of ObjectStore itself; it stays private, and '
      + 'websites are served by a Cdn'),
  },
];

/** Each tier colder than the one before, and expiry after the last. */
function tiersInverted({ tiering = {}, expireAfter }: ObjectStoreProps): Refusal | undefined {
  const ages = Object.entries({
    'tiering.coldAfter': tiering.coldAfter,
    'tiering.archiveAfter': tiering.archiveAfter,
    'tiering.deepArchiveAfter': tiering.deepArchiveAfter,
    expireAfter,
  }).flatMap(([prop, age]) => {
    const days = inDays(age);
    return days === undefined ? [] : [{ prop, days }];
  });
  // An object stays in Standard-IA for 30 days at least before it moves on (Amazon S3 User Guide, "Transitioning objects").
  const wrong = ages.slice(1).findIndex(({ days, prop }, index) => {
    const before = ages[index]!;
    return days < before.days + (before.prop === 'tiering.coldAfter' && prop !== 'expireAfter' ? 30 : 1);
  });
  return wrong === -1
    ? undefined
    : {
      given: ages.slice(wrong, wrong + 2).map(({ prop, days }) => `${prop} is ${days} days`).join(', '),
      allowed: 'each later than the one before: coldAfter, 30 days after it archiveAfter, then deepArchiveAfter, then expireAfter',
    };
}

/** What `on` was told. */
interface Told {
  readonly event: ObjectEvent;
  readonly target: unknown;
  readonly filter: ObjectFilter;
}

/** What `on` refuses. */
export const EVENT_RULES: readonly Rule<Told>[] = [
  {
    code: 'ObjectStore.EventWrongType',
    first: true,
    check: ({ event, target, filter }) => {
      if (!Object.values(ObjectEvent).includes(event)) {
        return { given: `event is ${show(event)}`, allowed: 'a value of ObjectEvent' };
      }
      return isObject(target) && typeof target.eventTarget === 'function'
        ? typed(filter, { prefix: 'text', suffix: 'text' })
        : { given: `target is ${show(target)}`, allowed: 'what takes events, for example a WorkQueue' };
    },
  },
  { code: 'ObjectStore.EventPrefix', check: ({ filter }) => text('prefix', filter.prefix, 1, 1024) },
  { code: 'ObjectStore.EventSuffix', check: ({ filter }) => text('suffix', filter.suffix, 1, 1024) },
];
