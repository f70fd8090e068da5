import { Size } from 'aws-cdk-lib';
import { TrafficEstimate } from '../core/traffic-estimate';

/** What the table has to carry: a take of each request, which is one write of a small item, also when it is denied. */
export function takesOf({ requestsPerSecond, peakFactor }: TrafficEstimate): TrafficEstimate {
  return new TrafficEstimate({ requestsPerSecond, peakFactor, readRatio: 0, itemSize: Size.kibibytes(1) });
}
