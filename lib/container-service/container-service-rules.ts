import { Size, Token } from 'aws-cdk-lib';
import { ContainerImage, CpuArchitecture, FargateService } from 'aws-cdk-lib/aws-ecs';
import { adoptsOrShapes, wholeNumber, wholeSeconds } from '../core/checks';
import { isVariable } from '../core/environment';
import type { Refusal, Rule } from '../core/rules';
import { show } from '../core/show';
import { TrafficEstimate } from '../core/traffic-estimate';
import { typed } from '../core/typed';
import type { ContainerScaling, ContainerServiceProps } from './container-service-props';
import { Deployment } from './deployment';
import { asked } from './task-count';
import { TaskSize } from './task-size';

/** What ContainerService refuses. Bounds: Amazon ECS task definition parameters and quotas on AWS Fargate. */
export const CONTAINER_SERVICE_RULES: readonly Rule<ContainerServiceProps>[] = [
  {
    code: 'ContainerService.WrongType',
    first: true,
    check: (props) => typed(props, {
      image: ContainerImage,
      port: 'number',
      size: TaskSize,
      scaling: {
        min: 'number', max: 'number', cpuPercent: 'number', memoryPercent: 'number', requestsPerSecond: 'number', backlogPerTask: 'number',
        scaleInAfter: 'duration',
      },
      traffic: TrafficEstimate,
      capacityPerTask: 'number',
      deployment: Deployment,
      environment: 'texts',
      secrets: 'object',
      health: { command: 'list', path: 'text', startup: 'duration' },
      discoverAs: 'text',
      command: 'list',
      entryPoint: 'list',
      user: 'text',
      readonlyRootFilesystem: 'flag',
      writablePaths: 'list',
      architecture: CpuArchitecture,
      gracefulStop: 'duration',
      maxProcessingTime: 'duration',
      spot: 'number',
      ephemeralStorage: Size,
      debug: 'flag',
      logRetention: 'number',
      network: 'construct',
      cluster: 'construct',
      service: FargateService,
    }),
  },
  { code: 'ContainerService.AdoptOrShape', check: (props) => adoptsOrShapes('service', props, ['network', 'scaling', 'maxProcessingTime']) },
  {
    code: 'ContainerService.NoImage',
    check: ({ image, service }) => image || service
      ? undefined
      : { given: 'neither image nor service', allowed: 'image, to run a new service, or service, to adopt an existing one' },
  },
  {
    code: 'ContainerService.ClusterWithoutNetwork',
    check: ({ cluster, network }) => cluster && !network
      ? { given: 'cluster without network', allowed: 'both: new Network(this, \'Network\', { vpc: cluster.vpc }) is the network of its VPC' }
      : undefined,
  },
  { code: 'ContainerService.Port', check: ({ port }) => wholeNumber('port', port, 1, 65_535) },
  { code: 'ContainerService.Texts', check: notOnlyTexts },
  {
    code: 'ContainerService.EnvironmentName',
    check: ({ environment = {}, secrets = {} }) => {
      const wrong = [...Object.keys(environment), ...Object.keys(secrets)].filter((name) => !isVariable(name));
      return refusal(wrong.length > 0, `the variables ${wrong.map((name) => `'${name}'`).join(', ')}`, 'names of letters, digits and _, starting with a letter');
    },
  },
  {
    code: 'ContainerService.SecretAndEnvironment',
    check: ({ environment = {}, secrets = {} }) => {
      const both = Object.keys(secrets).filter((name) => name in environment);
      return refusal(both.length > 0, `${both.join(', ')} in both environment and secrets`, 'each variable once');
    },
  },
  {
    code: 'ContainerService.NotASecret',
    check: ({ secrets = {} }) => {
      const wrong = Object.entries(secrets).filter(([, secret]: [string, unknown]) => typeof (secret as { grantRead?: unknown } | null)?.grantRead !== 'function');
      return refusal(wrong.length > 0, wrong.map(([name, secret]) => `secrets.${name} is ${show(secret)}`).join(', '),
        'Secret.fromSecretsManager(secret) or Secret.fromSsmParameter(parameter) of aws-cdk-lib/aws-ecs');
    },
  },
  {
    code: 'ContainerService.DiscoverAs',
    check: ({ discoverAs: name, port }) => refusal(
      name !== undefined && (port === undefined || !Token.isUnresolved(name) && !LABEL.test(name)),
      `discoverAs is ${show(name)}${port === undefined ? ' without port' : ''}`,
      'one label of DNS (a-z, 0-9, -; starting with a letter), with port'),
  },
  { code: 'ContainerService.HealthStartup', check: ({ health }) => wholeSeconds('health.startup', health?.startup, 0, health?.command ? 300 : 2_147_483_647) },
  {
    code: 'ContainerService.HealthPath',
    check: ({ health: { path } = {}, port }) => refusal(path !== undefined && (port === undefined || !Token.isUnresolved(path) && !path.startsWith('/')),
      `health.path is ${show(path)}${port === undefined ? ' without port' : ''}`, 'a path that starts with /, with port'),
  },
  {
    code: 'ContainerService.DebugNeedsWriting',
    check: ({ debug, readonlyRootFilesystem }) => refusal(Boolean(debug && readonlyRootFilesystem), 'debug with readonlyRootFilesystem',
      'one of them, since the agent of ECS Exec writes into the container'),
  },
  {
    code: 'ContainerService.WritablePaths',
    check: ({ writablePaths = [], readonlyRootFilesystem = true, debug }) => {
      const wrong = writablePaths.filter((path) => typeof path === 'string' && !Token.isUnresolved(path) && !/^\/[^:]+$/.test(path));
      return wrong.length > 0
        ? { given: `writablePaths has ${wrong.map(show).join(', ')}`, allowed: 'absolute paths below /' }
        : refusal(writablePaths.length > 0 && (!readonlyRootFilesystem || Boolean(debug)), 'writablePaths where everything can be written',
          'readonlyRootFilesystem: true with it, and no debug');
    },
  },
  { code: 'ContainerService.GracefulStop', check: ({ gracefulStop }) => wholeSeconds('gracefulStop', gracefulStop, 1, 120) },
  { code: 'ContainerService.MaxProcessingTime', check: ({ maxProcessingTime }) => wholeSeconds('maxProcessingTime', maxProcessingTime, 1, 43_200) },
  { code: 'ContainerService.Spot', check: ({ spot }) => between('spot', spot, 0, 1) },
  {
    code: 'ContainerService.EphemeralStorage',
    check: ({ ephemeralStorage: disk }) => {
      const gibibytes = disk && !disk.isUnresolved() ? disk.toBytes() / 1024 ** 3 : 21;
      return refusal(!Number.isInteger(gibibytes) || gibibytes < 21 || gibibytes > 200, `ephemeralStorage is ${gibibytes} GiB`, 'whole GiB from 21 to 200');
    },
  },
  {
    code: 'ContainerService.ShiftNeedsPort',
    check: ({ deployment, port }) => refusal(Boolean(deployment?.shifts) && port === undefined, 'a deployment that shifts requests without port',
      'Deployment.rolling() for a worker, whose work no load balancer hands out'),
  },
  {
    code: 'ContainerService.CapacityPerTask',
    check: ({ capacityPerTask, traffic }) => capacityPerTask !== undefined && !traffic
      ? { given: 'capacityPerTask without traffic', allowed: 'both, since the tasks follow from the two' }
      : between('capacityPerTask', capacityPerTask, 0.000001, 1_000_000),
  },
  {
    code: 'ContainerService.NoMax',
    check: ({ scaling }) => refusal(scaling !== undefined && scaling.max === undefined, 'scaling without max', 'scaling with max, the most tasks'),
  },
  { code: 'ContainerService.MaxTasks', check: ({ scaling }) => wholeNumber('scaling.max', scaling?.max, 1, 5000) },
  { code: 'ContainerService.MinTasks', check: ({ scaling }) => wholeNumber('scaling.min', scaling?.min, 0, 5000) },
  {
    code: 'ContainerService.TasksInverted',
    check: ({ scaling: { min = 0, max = 5000 } = {} }) => refusal(known(min) && known(max) && min > max, `scaling.min is ${min}, scaling.max ${max}`, 'min no more than max'),
  },
  {
    code: 'ContainerService.NobodyAnswers',
    check: ({ scaling, port }) => refusal(scaling?.min === 0 && port !== undefined, 'scaling.min is 0 with port',
      'at least 1: a request cannot wait the half minute that a task takes to start; FunctionService scales to zero'),
  },
  { code: 'ContainerService.CpuPercent', check: ({ scaling }) => between('scaling.cpuPercent', scaling?.cpuPercent, 1, 100) },
  { code: 'ContainerService.MemoryPercent', check: ({ scaling }) => between('scaling.memoryPercent', scaling?.memoryPercent, 1, 100) },
  { code: 'ContainerService.RequestsPerSecond', check: requestsRule },
  { code: 'ContainerService.BacklogPerTask', check: ({ scaling }) => wholeNumber('scaling.backlogPerTask', scaling?.backlogPerTask, 1, 1_000_000) },
  {
    code: 'ContainerService.ScalingMixed',
    check: ({ scaling }) => refusal(byBacklog(scaling) !== undefined && asked(scaling).length > 0,
      `scaling.${byBacklog(scaling)} together with ${asked(scaling).join(', ')}`, 'the backlog of a queue alone, or what tasks use: they would undo each other'),
  },
  {
    code: 'ContainerService.ScaleInAfter',
    check: ({ scaling }) => {
      const time = scaling?.scaleInAfter;
      const minutes = time && !time.isUnresolved() ? time.toMilliseconds() / 60_000 : 1;
      return refusal(!Number.isInteger(minutes) || minutes < 1 || minutes > 60, `scaling.scaleInAfter is ${minutes * 60} s`, 'whole minutes from 1 to 60');
    },
  },
];

const LABEL = /^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$/;

const known = (value: number) => !Token.isUnresolved(value);
const refusal = (wrong: boolean, given: string, allowed: string): Refusal | undefined => wrong ? { given, allowed } : undefined;

const byBacklog = (scaling?: ContainerScaling) => (['backlogPerTask', 'scaleInAfter'] as const).find((each) => scaling?.[each] !== undefined);

function between(prop: string, value: number | undefined, min: number, max: number): Refusal | undefined {
  const kept = value === undefined || Token.isUnresolved(value) || value >= min && value <= max;
  return kept ? undefined : { given: `${prop} is ${show(value)}`, allowed: `a number from ${min} to ${max}` };
}

function requestsRule({ scaling, port, deployment }: ContainerServiceProps): Refusal | undefined {
  if (scaling?.requestsPerSecond === undefined) {
    return undefined;
  }
  if (port === undefined) {
    return { given: 'scaling.requestsPerSecond without port', allowed: 'port with it: a load balancer counts the requests' };
  }
  return deployment?.shifts
    ? { given: 'scaling.requestsPerSecond with a deployment that shifts requests', allowed: 'scaling.cpuPercent: requests are counted for one target group, and after each deployment the tasks stand in the other' }
    : between('scaling.requestsPerSecond', scaling.requestsPerSecond, 1 / 60, 1_000_000);
}

function notOnlyTexts({ command, entryPoint, writablePaths, health }: ContainerServiceProps): Refusal | undefined {
  const lists: Record<string, readonly unknown[] | undefined> = { command, entryPoint, writablePaths, 'health.command': health?.command };
  const wrong = Object.entries(lists).filter(([name, list]) =>
    list?.some((each) => typeof each !== 'string') || name === 'health.command' && list?.length === 0);
  return refusal(wrong.length > 0, wrong.map(([name]) => `${name} holds something else than texts, or nothing`).join(', '), 'lists of texts');
}
