import { round, type Sizing, type TrafficEstimate } from '../core/traffic-estimate';

/** How far above the estimate the ceiling stands, so that an estimate that is half wrong refuses nobody. */
const HEADROOM = 2;
const KIB = 1024;

/** The ceilings of an on-demand table (Amazon DynamoDB Developer Guide, "DynamoDB throughput capacity"). */
export function ceilingsFor(traffic: TrafficEstimate): { readonly reads: Sizing; readonly writes: Sizing } {
  return {
    // Eventually consistent, as reads are unless they say otherwise: half a unit for each 4 KiB.
    reads: ceiling('maxReads', 'read request units/s', traffic.peakReadsPerSecond, 'reads', units(traffic, 4) / 2),
    writes: ceiling('maxWrites', 'write request units/s', traffic.peakWritesPerSecond, 'writes', units(traffic, 1)),
  };
}

const units = (traffic: TrafficEstimate, kibibytes: number) => Math.ceil(traffic.itemSize.toBytes() / KIB / kibibytes);

function ceiling(name: string, unit: string, rate: number, what: string, each: number): Sizing {
  const value = Math.max(1, Math.ceil(HEADROOM * rate * each));
  return {
    name, value, unit,
    arithmetic: `${round(rate)} ${what}/s x ${round(each)} units = ${round(rate * each)}; x ${HEADROOM} for what the estimate misses -> ${value}`,
  };
}
