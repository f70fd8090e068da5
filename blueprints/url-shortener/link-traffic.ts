import { TrafficEstimate } from '../../lib/core/traffic-estimate';

/**
 * What the table of links sees of the traffic of the API: a redirect reads its link, and its click, counted in a transaction,
 * costs the write of the counter twice.
 */
export function linkTraffic(traffic: TrafficEstimate | undefined): TrafficEstimate | undefined {
  if (!traffic) {
    return undefined;
  }
  const { requestsPerSecond, peakFactor, itemSize, readRatio } = traffic;
  const reads = requestsPerSecond * readRatio;
  const writes = requestsPerSecond - reads + 2 * reads;
  return new TrafficEstimate({ requestsPerSecond: reads + writes, peakFactor, itemSize, readRatio: reads / (reads + writes) });
}
