import { TrafficEstimate } from '../core/traffic-estimate';

/** Created, started, finished. */
const WRITES_A_JOB = 3;

/** Questions are strongly consistent, since a job must never seem to go back; they cost twice as much. */
const READS_A_QUESTION = 2;

/**
 * What the table has to carry, as a KeyValueStore counts it.
 *
 * @param traffic jobs (its writes) and questions for them (its reads)
 */
export function tableTraffic(traffic: TrafficEstimate): TrafficEstimate {
  const { requestsPerSecond, readRatio, peakFactor, itemSize, p99 } = traffic;
  const reads = READS_A_QUESTION * requestsPerSecond * readRatio;
  const writes = WRITES_A_JOB * requestsPerSecond * (1 - readRatio);
  const all = reads + writes;
  return new TrafficEstimate({ requestsPerSecond: all, readRatio: reads / all, peakFactor, itemSize, p99 });
}
