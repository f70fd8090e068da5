import type { Duration } from 'aws-cdk-lib';
import { round, type Sizing, type TrafficEstimate } from '../core/traffic-estimate';

/** What AWS Lambda takes for one queue (Developer Guide, "Configuring scaling behavior for SQS event source mappings"). */
const LEAST = 2;
const MOST = 1000;

/** How many messages one worker has in hand at once: a whole batch, or one where order matters. */
export interface InHand {
  readonly batchSize: number;
  readonly ordered: boolean;
}

/** The concurrency that takes no more than so many messages per second. */
export function concurrencyForDrainRate(rate: number, time: Duration, inHand: InHand): Sizing {
  const { busy, parallel, arithmetic } = littlesLaw(rate, time, inHand);
  return sizing(Math.floor(busy / parallel), `${arithmetic}, rounded down`);
}

/** The concurrency that keeps up with the busiest seconds. */
export function concurrencyForTraffic(traffic: TrafficEstimate, time: Duration, inHand: InHand): Sizing {
  const { busy, parallel, arithmetic } = littlesLaw(traffic.peakRequestsPerSecond, time, inHand);
  return sizing(Math.ceil(busy / parallel), `${arithmetic}, rounded up`);
}

/** The backlog above which messages wait longer than they may, when they come at the rate of the busiest seconds. */
export function depthForTraffic(traffic: TrafficEstimate, maxAge: Duration): Sizing {
  const value = Math.ceil(traffic.peakRequestsPerSecond * maxAge.toSeconds());
  return {
    name: 'maxDepth', value, unit: 'messages',
    arithmetic: `${round(traffic.peakRequestsPerSecond)} messages/s x ${maxAge.toHumanString()} -> ${value}`,
  };
}

function littlesLaw(rate: number, time: Duration, { batchSize, ordered }: InHand) {
  const seconds = time.toMilliseconds() / 1000;
  const busy = rate * seconds;
  const parallel = ordered ? 1 : batchSize;
  return {
    busy,
    parallel,
    arithmetic: `${round(rate)} messages/s x ${round(seconds)} s = ${round(busy)} in hand; ${parallel} a worker -> ${round(busy / parallel)}`,
  };
}

function sizing(wanted: number, arithmetic: string): Sizing {
  const value = Math.min(MOST, Math.max(LEAST, wanted));
  const bound = wanted < LEAST ? `; ${LEAST} is the least of AWS Lambda` : wanted > MOST ? `; ${MOST} is its most` : '';
  return { name: 'maxConcurrency', value, unit: 'batches at once', arithmetic: `${arithmetic}${bound}` };
}
