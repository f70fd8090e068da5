import { CacheCapacity, type ServerlessLimits } from './cache-capacity';
import { CacheAuthentication, CacheEngine, CacheEviction, CacheUse, DEFAULT_PORT, DEFAULT_VERSION } from './cache-engine';
import type { Profile } from '../core/profile';
import type { Sizing } from '../core/traffic-estimate';
import type { CacheProps } from './cache-props';
import { sizeNodes, sizeServerless } from './sizing';

/** The share of memory that ElastiCache keeps free of data on its nodes unless told otherwise, in percent. */
export const DEFAULT_RESERVED = 25;
/** How ElastiCache evicts on its nodes unless told otherwise, and always on serverless caches. */
export const DEFAULT_EVICTION = CacheEviction.VOLATILE_LRU;
/** What NIST 800-53, HIPAA and PCI ask for at least, as their rule packs check it. */
const GUARDED_SNAPSHOT_DAYS = 15;

/** Nodes with nothing left open. */
export interface NodePlan {
  readonly nodeType: string;
  readonly shards: number;
  readonly replicas: number;
  readonly clusterMode: boolean;
}

/** A cache with nothing left open. */
export interface CachePlan {
  readonly engine: CacheEngine;
  readonly version: string;
  readonly port: number;
  /** Undefined when it runs on nodes. */
  readonly serverless?: ServerlessLimits;
  /** Undefined when it is serverless. */
  readonly nodes?: NodePlan;
  /** Undefined for Memcached, which knows no users. */
  readonly authentication?: CacheAuthentication;
  readonly eviction: CacheEviction;
  readonly reservedMemoryPercent: number;
  readonly snapshotDays: number;
  readonly logs: boolean;
  readonly sizing: Sizing[];
}

export const engineOf = ({ engine = CacheEngine.VALKEY }: CacheProps) => engine;

/**
 * Serverless Valkey is metered from 100 MB on (6 USD a month) and spans zones, which beats the smallest node; serverless
 * Redis OSS and Memcached from 1 GB on (91 USD). The cluster protocol of serverless caches is none that brokers speak.
 */
export function capacityOf(props: CacheProps): CacheCapacity {
  const serverless = engineOf(props) === CacheEngine.VALKEY && props.use !== CacheUse.BROKER;
  return props.capacity ?? (serverless ? CacheCapacity.serverless() : CacheCapacity.nodes());
}

export const isServerless = (props: CacheProps) => capacityOf(props).serverlessLimits !== undefined;

export const isMemcached = (props: CacheProps) => engineOf(props) === CacheEngine.MEMCACHED;

/** The nodes that props ask for, as far as they do, or that their sizes lead to. */
export function nodesAsked(props: CacheProps) {
  const { nodeType, shards, replicas, clusterMode } = capacityOf(props).nodeOptions ?? {};
  const sized = props.items !== undefined && props.traffic
    ? sizeNodes(props.items, props.traffic, props.reservedMemoryPercent ?? DEFAULT_RESERVED)
    : undefined;
  return {
    nodeType: nodeType ?? sized?.nodeType,
    shards: shards ?? sized?.shards,
    replicas,
    clusterMode,
    sizing: sized?.sizing ?? [],
  };
}

/** Decides all that props leave open. */
export function planCache(props: CacheProps, profile: Profile): CachePlan {
  const engine = engineOf(props);
  const memcached = isMemcached(props);
  const serverless = capacityOf(props).serverlessLimits;
  const nodes = serverless ? undefined : planNodes(props, profile);
  const broker = props.use === CacheUse.BROKER;
  const snapshots = serverless || !memcached;
  // The clients of brokers take a user and a password, not a token that changes.
  const signIn = broker ? CacheAuthentication.PASSWORD : CacheAuthentication.IAM;
  return {
    engine,
    version: props.engineVersion ?? DEFAULT_VERSION[engine],
    port: props.port ?? DEFAULT_PORT[engine],
    serverless,
    nodes,
    authentication: memcached ? undefined : props.authentication ?? signIn,
    eviction: props.eviction ?? (broker ? CacheEviction.NO_EVICTION : DEFAULT_EVICTION),
    reservedMemoryPercent: props.reservedMemoryPercent ?? DEFAULT_RESERVED,
    snapshotDays: snapshots ? props.snapshotRetention?.toDays() ?? (profile.guarded ? GUARDED_SNAPSHOT_DAYS : 0) : 0,
    logs: nodes !== undefined && !memcached && (props.logs ?? profile.guarded),
    sizing: sizingOf(props),
  };
}

function planNodes(props: CacheProps, profile: Profile): NodePlan {
  const asked = nodesAsked(props);
  const memcached = isMemcached(props);
  const shards = asked.shards ?? (memcached && profile.guarded ? 2 : 1);
  return {
    nodeType: asked.nodeType ?? 'cache.t4g.micro',
    shards,
    replicas: memcached ? 0 : asked.replicas ?? (profile.guarded ? 1 : 0),
    clusterMode: !memcached && (asked.clusterMode ?? shards > 1),
  };
}

function sizingOf(props: CacheProps): Sizing[] {
  if (!props.traffic) {
    return [];
  }
  return isServerless(props) ? sizeServerless(props.traffic, props.items) : nodesAsked(props).sizing;
}
