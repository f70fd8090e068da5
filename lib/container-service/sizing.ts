import { round, type Sizing, type TrafficEstimate } from '../core/traffic-estimate';

/** How full a task is planned: above this share of what it carries at most, answers get slow before the scaler has acted. */
const PLANNED_LOAD = 0.6;

/** What one vCPU carries as long as nobody has measured it, in requests or messages per second. */
export const ASSUMED_PER_VCPU = 200;

/**
 * The least and the most tasks for a traffic estimate: the average at planned load, and the peak.
 *
 * @param perTask requests or messages per second that one task carries at most
 * @param least the fewest tasks, for what must not be alone
 */
export function tasksFor(traffic: TrafficEstimate, perTask: number, least: number): [Sizing, Sizing] {
  const planned = perTask * PLANNED_LOAD;
  const size = (name: string, rate: number, floor: number): Sizing => {
    const value = Math.max(floor, Math.ceil(rate / planned));
    return {
      name,
      value,
      unit: 'tasks',
      arithmetic: `${round(rate)} requests/s at ${round(perTask)} a task x ${PLANNED_LOAD * 100} % load = ${round(rate / planned)}; at least ${floor} -> ${value}`,
    };
  };
  const min = size('minTasks', traffic.requestsPerSecond, least);
  return [min, size('maxTasks', traffic.peakRequestsPerSecond, min.value)];
}
