import { round, type Sizing, type TrafficEstimate } from '../core/traffic-estimate';

/** Node types from small to large, and the memory in GiB that ElastiCache gives to the engine (`maxmemory`) on each. */
const NODE_MEMORY: readonly (readonly [string, number])[] = [
  ['cache.t4g.micro', 0.5],
  ['cache.t4g.small', 1.37],
  ['cache.t4g.medium', 3.09],
  ['cache.m7g.large', 6.38],
  ['cache.r7g.large', 13.07],
  ['cache.r7g.xlarge', 26.32],
  ['cache.r7g.2xlarge', 52.82],
  ['cache.r7g.4xlarge', 105.81],
  ['cache.r7g.8xlarge', 209.55],
  ['cache.r7g.12xlarge', 317.77],
  ['cache.r7g.16xlarge', 419.09],
];

/** What an item takes beside its value: key, pointers, expiry, allocator. */
const OVERHEAD_BYTES = 100;
const GIB = 1024 ** 3;

/** Nodes that hold a working set. */
export interface NodeSizing {
  readonly nodeType: string;
  readonly shards: number;
  readonly sizing: Sizing[];
}

/** The memory that items take, in GiB. */
export function workingSet(items: number, traffic: TrafficEstimate): { readonly gib: number; readonly text: string } {
  const bytes = traffic.itemSize.toBytes();
  const gib = items * (bytes + OVERHEAD_BYTES) / GIB;
  return { gib, text: `${items} items x (${bytes} + ${OVERHEAD_BYTES} B) = ${round(gib)} GiB` };
}

/**
 * The smallest nodes that hold a working set, and as few of them as possible.
 *
 * @param reservedPercent the share of memory that is kept for snapshots, replication and failover
 */
export function sizeNodes(items: number, traffic: TrafficEstimate, reservedPercent: number): NodeSizing {
  const { gib, text } = workingSet(items, traffic);
  const usable = (memory: number) => memory * (1 - reservedPercent / 100);
  const largest = NODE_MEMORY.at(-1)!;
  const shards = Math.ceil(gib / usable(largest[1]));
  const [nodeType, memory] = NODE_MEMORY.find(([, each]) => usable(each) * shards >= gib) ?? largest;
  const node = `${round(usable(memory))} GiB a ${nodeType} without ${reservedPercent} % reserved`;
  return {
    nodeType,
    shards,
    sizing: [
      { name: 'nodeMemory', value: memory, unit: 'GiB', arithmetic: `${text}; ${node}` },
      { name: 'shards', value: shards, unit: 'shards', arithmetic: `${text}; ${node} -> ${shards}` },
    ],
  };
}

/** What a serverless cache will hold and do; it scales by itself, so that nothing is set. */
export function sizeServerless(traffic: TrafficEstimate, items?: number): Sizing[] {
  const kilobytes = Math.max(1, traffic.itemSize.toBytes() / 1000);
  const units = Math.ceil(traffic.peakRequestsPerSecond * kilobytes);
  const requests: Sizing = {
    name: 'requestUnits',
    value: units,
    unit: 'ECPU/s',
    arithmetic: `${round(traffic.peakRequestsPerSecond)} requests/s at peak x ${round(kilobytes)} kB -> ${units}`,
  };
  if (items === undefined) {
    return [requests];
  }
  const { gib, text } = workingSet(items, traffic);
  return [{ name: 'storage', value: Math.ceil(gib * 10) / 10, unit: 'GiB', arithmetic: text }, requests];
}
