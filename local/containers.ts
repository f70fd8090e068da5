import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { AwsCalls } from './aws-call';
import { ContainerFiles } from './container-files';
import { ServiceScheduler } from './container-scheduler';
import { resolveSecrets, servicesOf } from './container-service';
import type { ContainerTask } from './container-task';
import { Leash } from './leash';

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

/**
 * The tasks of the services that are deployed, as processes: what Amazon ECS does, without containers. It keeps as many as are
 * wanted, has load balancers ask only those that are well, rolls versions without a gap, and takes back those that fail.
 */
export class Containers {
  private readonly schedulers: ServiceScheduler[] = [];
  private readonly leash: Leash;

  private constructor(private readonly options: ContainersOptions, private readonly folder: string) {
    this.leash = new Leash({ folder });
  }

  /**
   * Starts the tasks of all services that are deployed, and waits until they are well.
   * @throws LocalAwsError when a task does not become healthy
   */
  public static async start(options: ContainersOptions): Promise<Containers> {
    const containers = new Containers(options, await mkdtemp(join(tmpdir(), 'local-containers-')));
    try {
      await containers.startAll();
    } catch (error) {
      await containers.stop();
      throw error;
    }
    options.progress(`${containers.tasks.length} tasks run as processes`);
    return containers;
  }

  /** The tasks that run. */
  public get tasks(): readonly ContainerTask[] {
    return this.schedulers.flatMap(({ tasks }) => tasks);
  }

  /**
   * Puts tasks of another version in the place of those that run, one service after another: all are well before an old one is
   * asked to end. A version whose tasks fail is taken back, as the deployment circuit breaker of Amazon ECS does.
   *
   * @param environment what the tasks of this version find in their environment beside what was deployed, or in place of it
   * @throws LocalAwsError `DEPLOYMENT_ROLLED_BACK` when it was taken back, with what the last task printed
   */
  public async roll(version: string, environment: Readonly<Record<string, string>> = {}): Promise<void> {
    for (const scheduler of this.schedulers) {
      await scheduler.deploy({ version, environment });
    }
  }

  /** Ends all tasks and removes the files that they shared. May be called again. */
  public async stop(): Promise<void> {
    await Promise.all(this.schedulers.map((scheduler) => scheduler.stop()));
    await rm(this.folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
    await this.leash.release();
  }

  private async startAll(): Promise<void> {
    const { leash, options: { endpoint, program, environment, signal } } = this;
    const calls = new AwsCalls(endpoint);
    const files = new ContainerFiles(this.folder);
    for (const service of await servicesOf(calls)) {
      const own = { ...await files.environmentOf(service.definition), ...await resolveSecrets(calls, service.definition) };
      const scheduler = new ServiceScheduler({ service, program, calls, leash, signal, environment: { ...environment, ...own } });
      this.schedulers.push(scheduler);
      await scheduler.start();
    }
  }
}
