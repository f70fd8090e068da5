import { Duration, Size } from 'aws-cdk-lib';
import { TrafficEstimate } from '../lib/core/traffic-estimate';
import type { Estimate } from './estimate';

/** An estimate of the catalogue as constructs take it. */
export function trafficOf(estimate: Estimate | undefined): TrafficEstimate | undefined {
  return estimate && new TrafficEstimate({
    requestsPerSecond: estimate.requestsPerSecond,
    peakFactor: estimate.peakFactor,
    itemSize: Size.kibibytes(estimate.itemKibibytes),
    readRatio: estimate.readRatio,
    p99: estimate.p99Milliseconds === undefined ? undefined : Duration.millis(estimate.p99Milliseconds),
  });
}
