import { setTimeout as sleep } from 'node:timers/promises';

import { AwsCalls } from './aws-call';
import { ContainerTask } from './container-task';
import { freePort, LOOPBACK } from './free-port';
import { LocalAwsError } from './local-aws-error';
import { resolveSecrets, type Service, servicesOf } from './container-service';

export interface ContainersOptions {
  readonly progress: (line: string) => void;
  readonly signal: AbortSignal;
  /** Where the local AWS answers. */
  readonly endpoint: string;
  /** What every task finds in its environment beside its own: endpoint, credentials, certificates. */
  readonly environment: Readonly<Record<string, string>>;
  /** The program of the image of every service: a file that Node runs. */
  readonly program: string;
}

/** How long a load balancer may still hand a request to a target that has left. */
const DRAIN_MS = 1_000;
const CHECK_EVERY_MS = 1_000;
const FAILURES = 3;

/**
 * The tasks of the services that are deployed, as processes: what Amazon ECS does, without containers. It keeps as many as are
 * wanted, has load balancers ask only those that are well, and rolls versions without a gap.
 */
export class Containers {
  private readonly running: Running[] = [];
  private readonly calls: AwsCalls;
  private readonly over = new AbortController();
  private readonly chores: Promise<void>[] = [];

  private constructor(private readonly options: ContainersOptions) {
    this.calls = new AwsCalls(options.endpoint);
  }

  /**
   * Starts the tasks of all services that are deployed, and waits until they are well.
   * @throws LocalAwsError when a task does not become healthy
   */
  public static async start(options: ContainersOptions): Promise<Containers> {
    const containers = new Containers(options);
    try {
      for (const service of await servicesOf(containers.calls)) {
        const secrets = await resolveSecrets(containers.calls, service.definition);
        const running: Running = { service, environment: { ...service.definition.environment, ...secrets }, tasks: [], version: '1' };
        containers.running.push(running);
        await Promise.all(Array.from({ length: service.desired }, () => containers.begin(running)));
        containers.chores.push(containers.watch(running));
      }
    } catch (error) {
      await containers.stop();
      throw error;
    }
    options.progress(`${containers.tasks.length} tasks run as processes`);
    return containers;
  }

  /** The tasks that run. */
  public get tasks(): readonly ContainerTask[] {
    return this.running.flatMap(({ tasks }) => tasks);
  }

  /** Puts tasks of another version in the place of those that run: each is well before an old one is asked to end. */
  public async roll(version: string): Promise<void> {
    for (const running of this.running) {
      const old = [...running.tasks];
      running.version = version;
      await Promise.all(old.map(() => this.begin(running)));
      await Promise.all(old.map((task) => this.retire(running, task)));
    }
  }

  /** Ends all tasks. May be called again. */
  public async stop(): Promise<void> {
    this.over.abort();
    await Promise.all(this.running.flatMap(({ tasks }) => tasks.splice(0).map((task) => task.stop())));
    await Promise.all(this.chores.splice(0));
  }

  private async begin(running: Running): Promise<void> {
    const { definition: { stopTimeoutSeconds }, healthPath } = running.service;
    const task = new ContainerTask(running.version, {
      program: this.options.program,
      environment: { ...this.options.environment, ...running.environment, VERSION: running.version },
      port: await freePort(),
      healthPath,
      graceMilliseconds: stopTimeoutSeconds * 1_000,
      died: (dead) => {
        this.chores.push(this.replace(running, dead));
      },
    });
    // Known before it is well: who stops everything must find it.
    running.tasks.push(task);
    await task.healthy(this.signal);
    await this.balance('RegisterTargets', running, task);
    task.inService = true;
  }

  /** What ECS does when the essential container of a task has ended. */
  private async replace(running: Running, dead: ContainerTask): Promise<void> {
    running.tasks.splice(running.tasks.indexOf(dead), 1);
    await this.balance('DeregisterTargets', running, dead).catch(() => undefined);
    if (!this.signal.aborted && running.tasks.length < running.service.desired) {
      await this.begin(running).catch(() => undefined);
    }
  }

  private async retire(running: Running, task: ContainerTask): Promise<void> {
    task.inService = false;
    await this.balance('DeregisterTargets', running, task);
    await sleep(DRAIN_MS);
    running.tasks.splice(running.tasks.indexOf(task), 1);
    await task.stop();
    if (task.ended !== 0) {
      throw new LocalAwsError('TASK_NOT_GRACEFUL', `A task that was asked to end did so with ${task.ended}.`, 'It has to end with 0 on SIGTERM.');
    }
  }

  /** The health checks of the target group: who fails them is asked nothing, and replaced. */
  private async watch(running: Running): Promise<void> {
    const failures = new Map<ContainerTask, number>();
    while (!this.signal.aborted) {
      await sleep(CHECK_EVERY_MS, undefined, { signal: this.signal }).catch(() => undefined);
      await Promise.all(running.tasks.filter(({ inService }) => inService).map(async (task) => {
        failures.set(task, await task.isWell() ? 0 : (failures.get(task) ?? 0) + 1);
        if (failures.get(task) === FAILURES && task.inService && !this.signal.aborted) {
          await task.kill();
        }
      }));
    }
  }

  private async balance(action: 'RegisterTargets' | 'DeregisterTargets', { service }: Running, { port }: ContainerTask): Promise<void> {
    await Promise.all(service.targetGroups.map((group) => this.calls.query('elasticloadbalancing', {
      'Action': action, 'Version': '2015-12-01', 'TargetGroupArn': group,
      'Targets.member.1.Id': LOOPBACK, 'Targets.member.1.Port': String(port),
    })));
  }

  private get signal(): AbortSignal {
    return AbortSignal.any([this.options.signal, this.over.signal]);
  }
}

interface Running {
  readonly service: Service;
  readonly environment: Readonly<Record<string, string>>;
  readonly tasks: ContainerTask[];
  version: string;
}

