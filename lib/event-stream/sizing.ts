import { round, type Sizing, type TrafficEstimate } from '../core/traffic-estimate';

/** What one shard takes and gives (Amazon Kinesis Data Streams Developer Guide, "Quotas and limits"). */
const RECORDS_IN = 1000;
const MEBIBYTES_IN = 1;
const MEBIBYTES_OUT = 2;
/** How full a shard is planned: keys never spread evenly. */
const PLANNED_LOAD = 0.8;

/**
 * The shards that carry a traffic estimate at its peak. Every request is one record; `readRatio` has no say.
 *
 * @param sharedReaders how many readers share what a shard gives out; those with a throughput of their own do not count
 */
export function shardsFor(traffic: TrafficEstimate, sharedReaders: number): Sizing {
  const records = traffic.peakRequestsPerSecond;
  const mebibytes = records * traffic.itemSize.toBytes() / 1024 ** 2;
  const needs = [records / RECORDS_IN, mebibytes / MEBIBYTES_IN, sharedReaders * mebibytes / MEBIBYTES_OUT];
  const value = Math.max(1, Math.ceil(Math.max(...needs) / PLANNED_LOAD));
  return {
    name: 'shards',
    value,
    unit: 'shards',
    arithmetic: [
      `${round(records)} records/s at ${RECORDS_IN} a shard = ${round(needs[0]!)}`,
      `${round(mebibytes)} MiB/s in at ${MEBIBYTES_IN} = ${round(needs[1]!)}`,
      `${sharedReaders} shared readers x ${round(mebibytes)} MiB/s out at ${MEBIBYTES_OUT} = ${round(needs[2]!)}`,
      `the largest at ${PLANNED_LOAD * 100} % load -> ${value}`,
    ].join('; '),
  };
}

/** Why many shared readers wait for each other; undefined as long as they do not. */
export function crowded(sharedReaders: number): string | undefined {
  return sharedReaders <= 5
    ? undefined
    : `${sharedReaders} shared readers x 1 read/s = ${sharedReaders} reads/s of each shard, which answers 5 reads/s and ${MEBIBYTES_OUT} MiB/s to all of them together: they slow each other down. Give those that must not wait dedicated: true`;
}
