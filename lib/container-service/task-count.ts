import type { IConstruct } from 'constructs';
import { Profile } from '../core/profile';
import type { Sizing } from '../core/traffic-estimate';
import type { ContainerScaling, ContainerServiceProps } from './container-service-props';
import type { Bounds } from './service-scaling';
import { ASSUMED_PER_VCPU, tasksFor } from './sizing';
import { TaskSize } from './task-size';

/** What a service with a port holds when it is told nothing else, in percent of its CPU. */
const CPU_PERCENT = 60;

/** The fewest tasks where nothing is said: two of what must always answer, so that one may fail; none of what a queue wakes. */
export function leastTasks(service: IConstruct, port?: number): number {
  const { guarded } = Profile.of(service);
  return (port === undefined ? 0 : 1) + (guarded ? 1 : 0);
}

/** The sizes that follow from a traffic estimate. */
export function sizingOf({ traffic, capacityPerTask, size = TaskSize.SMALL }: ContainerServiceProps, least: number): Sizing[] {
  return traffic ? tasksFor(traffic, capacityPerTask ?? size.vcpu * ASSUMED_PER_VCPU, least) : [];
}

/** Between which numbers of tasks a service scales; undefined when nothing was said. `scaling` wins over `traffic`. */
export function boundsOf({ scaling }: ContainerServiceProps, [min, max]: readonly Sizing[], least: number): Bounds | undefined {
  if (scaling) {
    return { min: scaling.min ?? Math.min(least, scaling.max), max: scaling.max };
  }
  return min && max && { min: min.value, max: max.value };
}

/** Whether the backlog of a queue decides how many tasks run. CPU is never added to it unasked. */
export function followsBacklog({ scaling, port }: ContainerServiceProps): boolean {
  return scaling?.backlogPerTask !== undefined || port === undefined && asked(scaling).length === 0;
}

/** The use of tasks to hold: what was asked for, or CPU. */
export function held({ scaling }: ContainerServiceProps): Partial<ContainerScaling> {
  return asked(scaling).length > 0 ? scaling! : { cpuPercent: CPU_PERCENT };
}

/** What a scaling was asked to hold, beside a backlog. */
export const asked = (scaling?: ContainerScaling) =>
  (['cpuPercent', 'memoryPercent', 'requestsPerSecond'] as const).filter((each) => scaling?.[each] !== undefined);
