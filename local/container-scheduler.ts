import { setTimeout as sleep } from 'node:timers/promises';

import type { AwsCalls } from './aws-call';
import { DeploymentCircuitBreaker } from './container-circuit-breaker';
import type { Service } from './container-service';
import { ContainerTask, type Revision } from './container-task';
import { freePort, LOOPBACK } from './free-port';
import type { Leash } from './leash';
import { LocalAwsError } from './local-aws-error';

export interface ServiceSchedulerOptions {
  readonly service: Service;
  /** The program of its image: a file that Node runs. */
  readonly program: string;
  /** What its tasks find in their environment, whatever their revision. */
  readonly environment: Readonly<Record<string, string>>;
  readonly calls: AwsCalls;
  /** What ends its tasks when we end. */
  readonly leash: Leash;
  readonly signal: AbortSignal;
}

/** How long a load balancer may still hand a request to a target that has left. */
const DRAIN_MS = 1_000;
const CHECK_EVERY_MS = 1_000;
const FAILURES = 3;
/** How long it waits when a task that takes the place of another one has failed too. */
const AGAIN_AFTER_MS = 1_000;

/** The tasks of one service: what the service scheduler of Amazon ECS does for it. */
export class ServiceScheduler {
  /** Whoever runs, those that are not yet well and those that are being retired included. */
  private readonly known = new Set<ContainerTask>();
  /** Those that will be known in a moment. */
  private starting = 0;
  private revision: Revision = { version: '1', environment: {} };
  private readonly over = new AbortController();
  private readonly signal: AbortSignal;
  private readonly chores: Promise<void>[] = [];

  constructor(private readonly options: ServiceSchedulerOptions) {
    this.signal = AbortSignal.any([options.signal, this.over.signal]);
  }

  /** The tasks that run. */
  public get tasks(): readonly ContainerTask[] {
    return [...this.known];
  }

  /**
   * Starts as many tasks as are wanted, waits until they are well, and keeps them so.
   * @throws LocalAwsError when one does not become well
   */
  public async start(): Promise<void> {
    await Promise.all(Array.from({ length: this.options.service.desired }, () => this.begin(this.revision)));
    this.chores.push(this.watch());
  }

  /**
   * Puts tasks of another revision in the place of those that run. Until all of them are well no old one is asked to end. When
   * too many fail, the deployment circuit breaker takes the revision back: its tasks go, the old ones stay.
   *
   * @throws LocalAwsError `DEPLOYMENT_ROLLED_BACK` when it was taken back, with what the last task printed
   */
  public async deploy(revision: Revision): Promise<void> {
    try {
      await this.bringUp(revision);
      this.revision = revision;
      await Promise.all(this.tasks.filter((task) => task.revision !== revision).map((task) => this.retire(task)));
    } finally {
      // One that has died beside those of another revision was not missing then.
      this.chores.push(this.fill());
    }
  }

  /** Ends all tasks. May be called again. */
  public async stop(): Promise<void> {
    this.over.abort();
    await Promise.all(this.tasks.map((task) => task.stop()));
    this.known.clear();
    await Promise.all(this.chores.splice(0));
  }

  private async bringUp(revision: Revision): Promise<void> {
    const breaker = new DeploymentCircuitBreaker(this.options.service.desired);
    const signal = AbortSignal.any([this.signal, breaker.open]);
    const started: ContainerTask[] = [];
    const one = async (): Promise<void> => {
      while (!breaker.open.aborted) {
        try {
          started.push(await this.begin(revision, signal));
          breaker.succeeded();
          return;
        } catch (error) {
          this.signal.throwIfAborted();
          breaker.failed(error);
        }
      }
    };
    await Promise.all(Array.from({ length: this.options.service.desired }, one));
    if (breaker.open.aborted) {
      // How they end is of no interest any more.
      await Promise.allSettled(started.map((task) => this.retire(task)));
      throw new LocalAwsError('DEPLOYMENT_ROLLED_BACK', `Version ${revision.version} was rolled back: ${breaker.reason}`,
        'The version before it stays in service.');
    }
  }

  private async begin(revision: Revision, signal = this.signal): Promise<ContainerTask> {
    const task = await this.spawn(revision, signal);
    try {
      await task.healthy(signal);
      await this.balance('RegisterTargets', task);
      task.enterService();
      return task;
    } catch (error) {
      this.known.delete(task);
      await this.balance('DeregisterTargets', task).catch(() => undefined);
      await task.stop();
      throw error;
    }
  }

  private async spawn(revision: Revision, signal: AbortSignal): Promise<ContainerTask> {
    const { service: { definition: { stopTimeoutSeconds }, healthPath }, program, environment, leash } = this.options;
    this.starting += 1;
    try {
      const port = await freePort();
      // Whoever has stopped everything meanwhile would not find it.
      signal.throwIfAborted();
      const task = new ContainerTask(revision, {
        program,
        environment: { ...environment, ...revision.environment, VERSION: revision.version },
        port,
        healthPath,
        leash,
        graceMilliseconds: stopTimeoutSeconds * 1_000,
        died: (dead) => {
          if (dead.inService) {
            this.chores.push(this.replace(dead));
          }
        },
      });
      this.known.add(task);
      return task;
    } finally {
      this.starting -= 1;
    }
  }

  /** What ECS does when the essential container of a task has ended. */
  private async replace(dead: ContainerTask): Promise<void> {
    dead.inService = false;
    this.known.delete(dead);
    await this.balance('DeregisterTargets', dead).catch(() => undefined);
    await this.fill();
  }

  /** Starts as many as are missing, again and again until they are well. */
  private async fill(): Promise<void> {
    while (!this.signal.aborted && this.known.size + this.starting < this.options.service.desired) {
      await this.begin(this.revision).catch(() => pause(AGAIN_AFTER_MS, this.signal));
    }
  }

  private async retire(task: ContainerTask): Promise<void> {
    const served = task.inService;
    task.inService = false;
    await this.balance('DeregisterTargets', task);
    if (served) {
      await sleep(DRAIN_MS);
    }
    this.known.delete(task);
    await task.stop();
    if (served && task.ended !== 0) {
      throw new LocalAwsError('TASK_NOT_GRACEFUL', `A task that was asked to end did so with ${task.ended}.`, 'It has to end with 0 on SIGTERM.');
    }
  }

  /** The health checks of the target group: who fails them is asked nothing, and replaced. */
  private async watch(): Promise<void> {
    const failures = new Map<ContainerTask, number>();
    while (!this.signal.aborted) {
      await pause(CHECK_EVERY_MS, this.signal);
      await Promise.all(this.tasks.filter(({ inService }) => inService).map(async (task) => {
        failures.set(task, await task.isWell(this.signal) ? 0 : (failures.get(task) ?? 0) + 1);
        if (failures.get(task) === FAILURES && task.inService && !this.signal.aborted) {
          await task.kill();
        }
      }));
    }
  }

  private async balance(action: 'RegisterTargets' | 'DeregisterTargets', { port }: ContainerTask): Promise<void> {
    await Promise.all(this.options.service.targetGroups.map((group) => this.options.calls.query('elasticloadbalancing', {
      'Action': action, 'Version': '2015-12-01', 'TargetGroupArn': group,
      'Targets.member.1.Id': LOOPBACK, 'Targets.member.1.Port': String(port),
    })));
  }
}

/** Waits; no longer than until the signal, which is no failure. */
const pause = (milliseconds: number, signal: AbortSignal): Promise<void> =>
  sleep(milliseconds, undefined, { signal }).catch(() => undefined);
