import { TrafficEstimate } from '../../lib/core/traffic-estimate';

/**
 * What the table of links sees of the traffic of the API: a redirect reads its link strongly consistent, and its click,
 * counted in a transaction, writes the counter: each costs twice.
 */
export function linkTraffic(traffic: TrafficEstimate | undefined): TrafficEstimate | undefined {
  if (!traffic) {
    return undefined;
  }
  const { requestsPerSecond, peakFactor, itemSize, readRatio } = traffic;
  const redirects = requestsPerSecond * readRatio;
  const reads = 2 * redirects;
  const writes = requestsPerSecond - redirects + 2 * redirects;
  return new TrafficEstimate({ requestsPerSecond: reads + writes, peakFactor, itemSize, readRatio: reads / (reads + writes) });
}
