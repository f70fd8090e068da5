/** From which backlog on how many tasks work. */
export interface BacklogStep {
  /** The backlog from which on the step holds. */
  readonly from: number;
  /** The backlog below which it holds; undefined for the last step. */
  readonly below?: number;
  /** How many tasks work. */
  readonly tasks: number;
}

/** How many steps one policy of Application Auto Scaling takes. */
const MOST_STEPS = 20;

/**
 * The tasks for every backlog above zero: backlog / backlogPerTask, rounded up, between one (or `min`) and `max`. Beyond
 * twenty tasks the steps grow, and each rounds up, so that no task is given more than its share.
 */
export function backlogSteps(min: number, max: number, backlogPerTask: number): BacklogStep[] {
  const lowest = Math.max(1, min);
  const counts = max - lowest + 1;
  const steps = Math.min(counts, MOST_STEPS);
  const tasks = Array.from({ length: steps }, (_, index) =>
    steps === 1 ? max : lowest + Math.ceil(index * (counts - 1) / (steps - 1)));
  return tasks.map((count, index) => ({
    from: index === 0 ? 1 : tasks[index - 1]! * backlogPerTask + 1,
    below: index === steps - 1 ? undefined : count * backlogPerTask + 1,
    tasks: count,
  }));
}
