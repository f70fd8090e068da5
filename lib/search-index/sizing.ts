import { round, type Sizing, type TrafficEstimate } from '../core/traffic-estimate';

/** What an index takes beside the documents, and what OpenSearch and the system keep free (Developer Guide, "Sizing domains"). */
const OVERHEAD = 1.45;
/** Searches are fastest in parts of 10 to 30 GiB (the same). */
const SHARD_GIB = 30;
const LEAST_STORAGE_GIB = 10;
const GIB = 1024 ** 3;

/** Disks and parts for documents. */
export function sizeIndex(
  documents: number, traffic: TrafficEstimate, nodes: number, replicas: number,
): { readonly storage: Sizing; readonly shards: Sizing } {
  const bytes = traffic.itemSize.toBytes();
  const source = documents * bytes / GIB;
  const storage = Math.max(LEAST_STORAGE_GIB, Math.ceil(source * (1 + replicas) * OVERHEAD / nodes));
  const shards = Math.max(1, Math.ceil(source / SHARD_GIB));
  const text = `${documents} documents x ${bytes} B = ${round(source)} GiB`;
  return {
    storage: {
      name: 'storage',
      value: storage,
      unit: 'GiB a node',
      arithmetic: `${text}; x ${1 + replicas} copies x ${OVERHEAD} for the index and what is kept free / ${nodes} nodes`
        + `, at least ${LEAST_STORAGE_GIB} -> ${storage}`,
    },
    shards: { name: 'shards', value: shards, unit: 'shards', arithmetic: `${text}; ${SHARD_GIB} GiB a shard -> ${shards}` },
  };
}
