import { Profile } from '../core/profile';
import type { Sizing } from '../core/traffic-estimate';
import type { IConstruct } from 'constructs';
import type { ContainerServiceProps } from './container-service-props';
import type { Bounds } from './service-scaling';
import { ASSUMED_PER_VCPU, tasksFor } from './sizing';
import { TaskSize } from './task-size';

/** The fewest tasks where nothing is said: two of what must always answer, so that one may fail; none of what a queue wakes. */
export function leastTasks(service: IConstruct, port?: number): number {
  const { guarded } = Profile.of(service);
  return (port === undefined ? 0 : 1) + (guarded ? 1 : 0);
}

/** The sizes that follow from a traffic estimate. */
export function sizingOf({ traffic, capacityPerTask, size = TaskSize.SMALL }: ContainerServiceProps, least: number): Sizing[] {
  return traffic ? tasksFor(traffic, capacityPerTask ?? size.vcpu * ASSUMED_PER_VCPU, least) : [];
}

/** Between which numbers of tasks a service scales; undefined when nothing was said about it. What is said wins over what follows. */
export function boundsOf({ scaling }: ContainerServiceProps, [min, max]: readonly Sizing[], least: number): Bounds | undefined {
  if (scaling) {
    return { min: scaling.min ?? Math.min(least, scaling.max), max: scaling.max };
  }
  return min && max && { min: min.value, max: max.value };
}
