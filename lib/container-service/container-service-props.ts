import type { Duration, Size } from 'aws-cdk-lib';
import type { ContainerImage, CpuArchitecture, ICluster, IFargateService, Secret } from 'aws-cdk-lib/aws-ecs';
import type { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { TrafficEstimate } from '../core/traffic-estimate';
import type { INetwork } from '../core/wiring';
import type { Deployment } from './deployment';
import type { TaskSize } from './task-size';

/** How many tasks run. */
export interface ContainerScaling {
  /**
   * The fewest tasks. 0 only without `port`, for a service that works a queue.
   * @default - with `port` 1 under SANDBOX and 2 under PRODUCTION; without it 0 and 1
   */
  readonly min?: number;
  /** The most tasks, up to 5000. The same as `min` fixes the number. */
  readonly max: number;
  /**
   * The CPU use to hold, in percent of what tasks have, 1 to 100.
   * @default - 60 for a service with `port` that is told nothing else to hold; otherwise CPU has no say
   */
  readonly cpuPercent?: number;
  /**
   * The memory use to hold, in percent of what tasks have, 1 to 100.
   * @default - memory has no say
   */
  readonly memoryPercent?: number;
  /**
   * The requests per second that each task gets from a load balancer. Not for deployments that shift requests.
   * @default - requests have no say
   */
  readonly requestsPerSecond?: number;
  /**
   * The messages that each task may have before it: the time that a message may wait, divided by the time that one takes.
   * 10 minutes at 3 s a message are 200.
   * @default - the batch size of the queue
   */
  readonly backlogPerTask?: number;
  /**
   * How long a backlog keeps its tasks after it has gone. Whole minutes, 1 min to 1 h.
   * @default Duration.minutes(5)
   */
  readonly scaleInAfter?: Duration;
}

/** How it is known whether a task is well. */
export interface ContainerHealth {
  /**
   * What runs inside the container, where 0 means well: `['CMD-SHELL', 'curl -f http://localhost/health']`.
   * @default - only the load balancer asks
   */
  readonly command?: string[];
  /**
   * The path that load balancers ask, unless the route says otherwise.
   * @default - what the target group says
   */
  readonly path?: string;
  /**
   * How long a new task may take until failures count. Whole seconds up to 5 min with `command`.
   * @default - 60 s for load balancers, none for the command
   */
  readonly startup?: Duration;
}

/** What a ContainerService runs. */
export interface ContainerServiceProps {
  /**
   * The image, built for the architecture. `ContainerImage.fromEcrRepository` also grants the pull.
   * @default - none; required unless `service` adopts an existing one
   */
  readonly image?: ContainerImage;
  /**
   * The TCP port that it listens on.
   * @default - none: a worker that nobody calls
   */
  readonly port?: number;
  /**
   * CPU and memory of a task.
   * @default TaskSize.SMALL
   */
  readonly size?: TaskSize;
  /**
   * How many tasks run.
   * @default - what `traffic` needs; without it as many as the backlog of its queue needs; without a queue a fixed number: with
   * `port` 1 under SANDBOX and 2 under PRODUCTION, without it 1
   */
  readonly scaling?: ContainerScaling;
  /**
   * What it has to carry. The fewest and the most tasks follow from it, `scaling` wins.
   * @default - no estimate
   */
  readonly traffic?: TrafficEstimate;
  /**
   * Requests or messages per second that one task carries at most. Measure it.
   * @default - 200 for each vCPU
   */
  readonly capacityPerTask?: number;
  /**
   * How a new version takes over.
   * @default Deployment.rolling()
   */
  readonly deployment?: Deployment;
  /**
   * Environment variables of the code. Never put a secret here.
   * @default - only those that `use()` adds
   */
  readonly environment?: { readonly [name: string]: string };
  /**
   * Environment variables that a secret or a parameter fills when a task starts.
   * @default - none
   */
  readonly secrets?: { readonly [name: string]: Secret };
  /**
   * How it is known whether a task is well.
   * @default - what the load balancer asks
   */
  readonly health?: ContainerHealth;
  /**
   * The name under which other compute of the network finds it: one label of DNS, below a domain of the stack.
   * @default - found through a load balancer only
   */
  readonly discoverAs?: string;
  /**
   * What runs in place of the command of the image.
   * @default - the command of the image
   */
  readonly command?: string[];
  /**
   * What runs in place of the entry point of the image.
   * @default - the entry point of the image
   */
  readonly entryPoint?: string[];
  /**
   * The user inside the container: a name or an id of the image.
   * @default - the user of the image
   */
  readonly user?: string;
  /**
   * Whether the code finds its file system read-only, but for `writablePaths`.
   * @default - true, unless `debug`
   */
  readonly readonlyRootFilesystem?: boolean;
  /**
   * Folders that can be written where the rest is read-only. They start empty and go with the task.
   * @default ['/tmp']
   */
  readonly writablePaths?: string[];
  /**
   * The architecture that the image was built for.
   * @default CpuArchitecture.ARM64
   */
  readonly architecture?: CpuArchitecture;
  /**
   * How long a task may go on after SIGTERM until it is killed, 1 s to 2 min.
   * @default - 30 s with `port`, 2 min for a worker
   */
  readonly gracefulStop?: Duration;
  /**
   * The longest time it works on what it takes from a queue at once. Messages stay hidden that long.
   * @default - not known
   */
  readonly maxProcessingTime?: Duration;
  /**
   * The share of tasks on Fargate Spot, 0 to 1: up to 70 % cheaper, and taken away at two minutes' notice.
   * @default 0
   */
  readonly spot?: number;
  /**
   * The disk of a task, 21 to 200 GiB.
   * @default - 20 GiB
   */
  readonly ephemeralStorage?: Size;
  /**
   * Lets who may call ecs:ExecuteCommand open a shell in the container.
   * @default false
   */
  readonly debug?: boolean;
  /**
   * How long logs are kept.
   * @default - one week under SANDBOX, one year under PRODUCTION
   */
  readonly logRetention?: RetentionDays;
  /**
   * The network to run in.
   * @default Network.of(this)
   */
  readonly network?: INetwork;
  /**
   * An existing cluster to run in. Say its network too.
   * @default - one cluster that the services of the stack share
   */
  readonly cluster?: ICluster;
  /**
   * An existing service to adopt. Nothing is created, and props that would shape a new service are refused; `scaling` scales
   * it by the backlog of a queue.
   * @default - a new service
   */
  readonly service?: IFargateService;
}
