import { TrafficEstimate } from '../lib/core/traffic-estimate';

/** Of all requests, those that write, where nobody waits for what becomes of them; undefined when all of them read. */
export function writesOf(traffic: TrafficEstimate | undefined): TrafficEstimate | undefined {
  if (!traffic || traffic.readRatio === 1) {
    return undefined;
  }
  const { requestsPerSecond, peakFactor, itemSize, readRatio } = traffic;
  return new TrafficEstimate({ requestsPerSecond: requestsPerSecond * (1 - readRatio), peakFactor, itemSize, readRatio: 0 });
}
