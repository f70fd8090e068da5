import { Construct } from 'constructs';
import { enforce } from '../core/rules';
import type { IQueueWorker } from '../core/queue-worker';
import { type Access, environmentName, type IBackingService, type ICompute, type UseOptions } from '../core/wiring';
import type { ConsumerOptions } from './consumer-options';
import { PRIORITY_WORK_QUEUE_RULES } from './priority-work-queue-rules';
import { WorkQueue } from './work-queue';
import type { WorkQueueProps } from './work-queue-props';

/** One level of a PriorityWorkQueue. */
export interface PriorityLevel {
  /** What producers and operators call it: `urgent`. A letter, then letters, digits and -. */
  readonly name: string;
  /**
   * Its part of the concurrency in relation to the parts of the other levels, above 0.
   * @default 1
   */
  readonly share?: number;
}

/** What a PriorityWorkQueue promises to its producers. */
export interface PriorityWorkQueueProps {
  /** The levels, 2 to 5. */
  readonly levels: PriorityLevel[];
  /**
   * What every level is like.
   * @default - as a WorkQueue is by default
   */
  readonly queue?: WorkQueueProps;
}

/**
 * Work of different urgency in one place: a WorkQueue for each level, and concurrency kept for each. A flood on one level
 * never delays another, and no level starves; it does not promise that urgent work is done strictly first.
 */
export class PriorityWorkQueue extends Construct implements IBackingService {
  /** The queues, in the order of the levels. */
  public readonly queues: WorkQueue[];

  private readonly levels: PriorityLevel[];

  /** @throws RuleError when the props break a rule of this concept; all of them are named at once */
  constructor(scope: Construct, id: string, props: PriorityWorkQueueProps) {
    super(scope, id);
    enforce(this, PRIORITY_WORK_QUEUE_RULES, props);
    this.levels = props.levels;
    this.queues = props.levels.map(({ name }) => new WorkQueue(this, name, props.queue));
  }

  /**
   * Lets compute put messages into every level; it finds their addresses in `<NAME>_<LEVEL>_QUEUE_URL`.
   *
   * @throws RuleError for `Access.READ`: consumers are wired by `consumedBy`
   */
  public attach(compute: ICompute, access: Access, options?: UseOptions): void {
    this.eachNamed(options?.name, (queue, name) => queue.attach(compute, access, { name }));
  }

  /**
   * Has compute work every level, with its part of the concurrency.
   *
   * @throws RuleError when the options break a rule, or give a level less than the two batches at once that AWS Lambda needs
   */
  public consumedBy(worker: IQueueWorker, options: ConsumerOptions): void {
    const { maxConcurrency = 10 * this.levels.length } = options;
    const shares = this.levels.reduce((sum, { share = 1 }) => sum + share, 0);
    this.eachNamed(options.name, (queue, name, { share = 1 }) => queue.consumedBy(worker, {
      ...options, name, maxConcurrency: Math.max(2, Math.round(maxConcurrency * share / shares)),
    }));
  }

  private eachNamed(name: string | undefined, act: (queue: WorkQueue, name: string, level: PriorityLevel) => void): void {
    this.levels.forEach((level, index) =>
      act(this.queues[index]!, environmentName(this, level.name, { name }), level));
  }
}
