import { type Duration, Size, Token } from 'aws-cdk-lib';
import { adoptsOrShapes, wholeNumber } from '../core/checks';
import type { Refusal, Rule } from '../core/rules';
import { show } from '../core/show';
import { TrafficEstimate } from '../core/traffic-estimate';
import { typed } from '../core/typed';
import type { CacheProps } from './cache-props';
import { CacheCapacity } from './cache-capacity';
import { CacheAuthentication, CacheEngine, CacheEviction, CacheUse } from './cache-engine';
import { capacityOf, engineOf, isMemcached, isServerless, nodesAsked } from './cache-plan';

/** Versions that speak TLS and, but for Memcached, know users. */
const VERSIONS: { readonly [engine in CacheEngine]: { readonly pattern: RegExp; readonly allowed: string } } = {
  [CacheEngine.VALKEY]: { pattern: /^(7\.2|[89]\.\d+)$/, allowed: '7.2, 8.x or 9.x, for example 8.2' },
  [CacheEngine.REDIS]: { pattern: /^(6\.2|7\.[01])$/, allowed: '6.2, 7.0 or 7.1' },
  [CacheEngine.MEMCACHED]: { pattern: /^1\.6\.(1[2-9]|[2-9]\d)$/, allowed: '1.6.12 or later of 1.6, for example 1.6.22' },
};

/** Node types of the current generation. They take snapshots and TLS; data tiering (r6gd) can be adopted. */
const NODE_TYPE = /^cache\.(t3|t4g)\.(micro|small|medium)$|^cache\.(m5|m6g|m7g|r5|r6g|r7g|c7gn)\.(large|\d{0,2}xlarge)$/;

const MOST_NODES = 500;
const MOST_MEMCACHED_NODES = 60;

/** What Cache refuses. Bounds: Amazon ElastiCache quotas and API reference. */
export const CACHE_RULES: readonly Rule<CacheProps>[] = [
  {
    code: 'Cache.WrongType',
    first: true,
    check: (props) => typed(props, {
      engine: 'text',
      engineVersion: 'text',
      capacity: CacheCapacity,
      use: 'text',
      authentication: 'text',
      eviction: 'text',
      reservedMemoryPercent: 'number',
      snapshotRetention: 'duration',
      logs: 'flag',
      port: 'number',
      items: 'number',
      traffic: TrafficEstimate,
      network: 'construct',
      encryptionKey: 'construct',
      disposable: 'flag',
      cache: {
        endpoint: 'text', securityGroup: 'construct', port: 'number', readerEndpoint: 'text', readerPort: 'number', clusterMode: 'flag',
        tls: 'flag', cacheArn: 'text', userArn: 'text', secret: 'construct',
      },
    }) ?? typed(props.capacity?.serverlessLimits ?? {}, {
      maxStorage: Size, minStorage: Size, maxRequestUnits: 'number', minRequestUnits: 'number',
    }) ?? typed(props.capacity?.nodeOptions ?? {}, { nodeType: 'text', shards: 'number', replicas: 'number', clusterMode: 'flag' }),
  },
  {
    code: 'Cache.UnknownChoice',
    first: true,
    check: (props: CacheProps | null) => oneOf('engine', props?.engine, CacheEngine) ?? oneOf('use', props?.use, CacheUse)
      ?? oneOf('authentication', props?.authentication, CacheAuthentication) ?? oneOf('eviction', props?.eviction, CacheEviction),
  },
  {
    code: 'Cache.Items',
    first: true,
    check: (props: CacheProps | null) => known('items', props?.items) ?? wholeNumber('items', props?.items, 1, 1e12),
  },
  {
    code: 'Cache.ReservedMemory',
    first: true,
    check: (props: CacheProps | null) => known('reservedMemoryPercent', props?.reservedMemoryPercent)
      ?? wholeNumber('reservedMemoryPercent', props?.reservedMemoryPercent, 0, 75),
  },
  { code: 'Cache.AdoptOrShape', check: (props) => adoptsOrShapes('cache', props) },
  {
    code: 'Cache.NoEndpoint',
    check: ({ cache }) => {
      const missing = cache ? (['endpoint', 'securityGroup'] as const).filter((field) => cache[field] === undefined) : [];
      return missing.length === 0
        ? undefined
        : { given: `cache without ${missing.join(', ')}`, allowed: 'endpoint and securityGroup, which clients cannot do without' };
    },
  },
  {
    code: 'Cache.ExistingSignIn',
    check: ({ cache }) => {
      const given = cache ? (['cacheArn', 'userArn', 'secret'] as const).filter((field) => cache[field] !== undefined) : [];
      return ['', 'cacheArn,userArn', 'secret'].includes(given.join())
        ? undefined
        : { given: `cache has ${given.join(', ')}`, allowed: 'cacheArn and userArn (IAM), secret (password), or none of them' };
    },
  },
  {
    code: 'Cache.Port',
    check: ({ port, cache }) => wholeNumber('port', port, 1024, 65_535)
      ?? wholeNumber('cache.port', cache?.port, 1, 65_535) ?? wholeNumber('cache.readerPort', cache?.readerPort, 1, 65_535),
  },
  {
    code: 'Cache.EngineVersion',
    check: (props) => {
      const { pattern, allowed } = VERSIONS[engineOf(props)];
      const { engineVersion: version } = props;
      return known('engineVersion', version) ?? (version === undefined || pattern.test(version)
        ? undefined
        : { given: `engineVersion is ${show(version)}`, allowed });
    },
  },
  {
    code: 'Cache.IamVersion',
    check: ({ engineVersion, authentication = CacheAuthentication.IAM, engine }) =>
      engine === CacheEngine.REDIS && engineVersion?.startsWith('6.') && authentication === CacheAuthentication.IAM
        ? { given: `engineVersion is ${show(engineVersion)} with CacheAuthentication.IAM`, allowed: '7.0 or later, or CacheAuthentication.PASSWORD' }
        : undefined,
  },
  { code: 'Cache.SnapshotRetention', check: ({ snapshotRetention }) => wholeDays('snapshotRetention', snapshotRetention, 0, 35) },
  {
    code: 'Cache.Storage',
    check: ({ capacity }) => {
      const { minStorage, maxStorage } = capacity?.serverlessLimits ?? {};
      return gibibytes('maxStorage', maxStorage) ?? gibibytes('minStorage', minStorage)
        ?? inverted('minStorage', minStorage?.toGibibytes(), 'maxStorage', maxStorage?.toGibibytes());
    },
  },
  {
    code: 'Cache.RequestUnits',
    check: ({ capacity }) => {
      const { minRequestUnits, maxRequestUnits } = capacity?.serverlessLimits ?? {};
      return wholeNumber('maxRequestUnits', maxRequestUnits, 1000, 15_000_000) ?? wholeNumber('minRequestUnits', minRequestUnits, 1000, 15_000_000)
        ?? inverted('minRequestUnits', minRequestUnits, 'maxRequestUnits', maxRequestUnits);
    },
  },
  {
    code: 'Cache.NodeType',
    check: ({ capacity }) => {
      const nodeType = capacity?.nodeOptions?.nodeType;
      return nodeType === undefined || Token.isUnresolved(nodeType) || NODE_TYPE.test(nodeType)
        ? undefined
        : { given: `nodeType is ${show(nodeType)}`, allowed: 'a current type of the families t3, t4g, m5, m6g, m7g, r5, r6g, r7g, c7gn, for example cache.t4g.micro' };
    },
  },
  {
    code: 'Cache.Shards',
    check: (props) => known('shards', props.capacity?.nodeOptions?.shards)
      ?? wholeNumber('shards', nodesAsked(props).shards, 1, isMemcached(props) ? MOST_MEMCACHED_NODES : MOST_NODES),
  },
  {
    code: 'Cache.Replicas',
    check: ({ capacity }) => known('replicas', capacity?.nodeOptions?.replicas) ?? wholeNumber('replicas', capacity?.nodeOptions?.replicas, 0, 5),
  },
  {
    code: 'Cache.TooManyNodes',
    check: (props) => {
      const { shards = 1, replicas = 0 } = nodesAsked(props);
      return !isServerless(props) && shards <= MOST_NODES && replicas <= 5 && shards * (1 + replicas) > MOST_NODES
        ? { given: `${shards} shards with ${replicas} replicas each are ${shards * (1 + replicas)} nodes`, allowed: `up to ${MOST_NODES} nodes` }
        : undefined;
    },
  },
  {
    code: 'Cache.ShardsNeedClusterMode',
    check: (props) => {
      const { shards = 1, clusterMode } = nodesAsked(props);
      return clusterMode === false && shards > 1 && !isMemcached(props)
        ? { given: `clusterMode is false with ${shards} shards`, allowed: 'one shard, or clusterMode: true' }
        : undefined;
    },
  },
  { code: 'Cache.ItemsAlone', check: ({ items, traffic }) => items !== undefined && !traffic
    ? { given: 'items without traffic', allowed: 'items together with traffic, which says how large they are' }
    : undefined },
  {
    code: 'Cache.NotWithMemcached',
    check: (props) => isMemcached(props) && impossible({
      authentication: props.authentication,
      eviction: props.eviction,
      reservedMemoryPercent: props.reservedMemoryPercent,
      logs: props.logs || undefined,
      'nodes.replicas': capacityOf(props).nodeOptions?.replicas || undefined,
      'nodes.clusterMode': capacityOf(props).nodeOptions?.clusterMode || undefined,
      ...isServerless(props) ? {} : { snapshotRetention: props.snapshotRetention, encryptionKey: props.encryptionKey },
    }, 'CacheEngine.MEMCACHED', 'CacheEngine.VALKEY or REDIS for that: Memcached evicts by LRU and has neither users nor replicas, and its nodes neither snapshots nor encryption at rest') || undefined,
  },
  {
    code: 'Cache.NotServerless',
    check: (props) => isServerless(props) && impossible({
      eviction: props.eviction === CacheEviction.VOLATILE_LRU ? undefined : props.eviction,
      reservedMemoryPercent: props.reservedMemoryPercent,
      logs: props.logs || undefined,
      port: props.port,
    }, 'a serverless cache', 'capacity: CacheCapacity.nodes() for that: a serverless cache evicts by volatile-lru, listens on its engine\'s ports and writes no logs') || undefined,
  },
  {
    code: 'Cache.BrokerNeedsOneShard',
    check: (props) => {
      const { shards = 1, clusterMode = shards > 1 } = nodesAsked(props);
      const given = isServerless(props) ? 'CacheCapacity.serverless()' : clusterMode ? 'cluster mode' : undefined;
      return props.use === CacheUse.BROKER && given
        ? { given: `CacheUse.BROKER with ${given}`, allowed: 'CacheCapacity.nodes() with one shard: task queues such as Celery touch several keys at once, which the cluster protocol refuses' }
        : undefined;
    },
  },
  {
    code: 'Cache.BrokerEvicts',
    check: ({ use, eviction = CacheEviction.NO_EVICTION }) => use === CacheUse.BROKER && eviction !== CacheEviction.NO_EVICTION
      ? { given: `CacheUse.BROKER with eviction ${show(eviction)}`, allowed: 'CacheEviction.NO_EVICTION: an evicted task is a lost task' }
      : undefined,
  },
  {
    code: 'Cache.BrokerEngine',
    check: (props) => props.use === CacheUse.BROKER && isMemcached(props)
      ? { given: 'CacheUse.BROKER with CacheEngine.MEMCACHED', allowed: 'CacheEngine.VALKEY or REDIS, which have lists' }
      : undefined,
  },
];

function oneOf(prop: string, value: unknown, choices: { readonly [name: string]: string }): Refusal | undefined {
  const allowed = Object.values(choices);
  return typeof value !== 'string' || allowed.includes(value) ? undefined : { given: `${prop} is ${show(value)}`, allowed: allowed.join(', ') };
}

/** What other resources follow from has to be there when they are made. */
function known(prop: string, value: number | string | undefined): Refusal | undefined {
  return Token.isUnresolved(value)
    ? { given: `${prop} is known only at deployment`, allowed: 'a value known now: parameters and alarms follow from it' }
    : undefined;
}

function gibibytes(prop: string, size: Size | undefined): Refusal | undefined {
  if (size === undefined || size.isUnresolved()) {
    return undefined;
  }
  const gib = size.toBytes() / 1024 ** 3;
  return Number.isInteger(gib) && gib >= 1 && gib <= 5000 ? undefined : { given: `${prop} is ${gib} GiB`, allowed: 'whole GiB from 1 to 5000' };
}

function inverted(least: string, min: number | undefined, most: string, max: number | undefined): Refusal | undefined {
  return min !== undefined && max !== undefined && !Token.isUnresolved(min) && !Token.isUnresolved(max) && min > max
    ? { given: `${least} is ${min}, ${most} ${max}`, allowed: `${least} up to ${most}` }
    : undefined;
}

function wholeDays(prop: string, value: Duration | undefined, min: number, max: number): Refusal | undefined {
  if (value === undefined || value.isUnresolved()) {
    return undefined;
  }
  const days = value.toMilliseconds() / 86_400_000;
  return Number.isInteger(days) && days >= min && days <= max ? undefined : { given: `${prop} is ${days} days`, allowed: `whole days from ${min} to ${max}` };
}

function impossible(props: { readonly [prop: string]: unknown }, beside: string, allowed: string): Refusal | undefined {
  const given = Object.entries(props).flatMap(([prop, value]) => value === undefined ? [] : [prop]);
  return given.length === 0 ? undefined : { given: `${given.join(', ')} with ${beside}`, allowed };
}
