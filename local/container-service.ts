import type { AwsCalls } from './aws-call';

/** What a task is, as it was deployed. */
export interface TaskDefinition {
  readonly environment: Readonly<Record<string, string>>;
  /** Names of variables, and where their values are: the ARN of a secret, maybe with a field. */
  readonly secrets: Readonly<Record<string, string>>;
  readonly mounts: readonly Mount[];
  readonly stopTimeoutSeconds: number;
}

/** A file system that a task finds below a path. */
export interface Mount {
  /** Where the container finds it. */
  readonly path: string;
  /** What is mounted: the same for whoever sees the same files. */
  readonly files: string;
}

/** A service, as it was deployed. */
export interface Service {
  readonly name: string;
  readonly desired: number;
  readonly targetGroups: readonly string[];
  /** The path that its target group asks. */
  readonly healthPath?: string;
  readonly definition: TaskDefinition;
}

interface Variable {
  readonly name: string;
  readonly value: string;
}

/** ECS names these fields in lower case; the emulator leaves those of secrets as the template has them. */
interface SecretVariable {
  readonly Name: string;
  readonly ValueFrom: string;
}

interface ContainerDefinition {
  readonly environment?: readonly Variable[];
  readonly secrets?: readonly SecretVariable[];
  readonly mountPoints?: readonly MountPoint[];
  readonly stopTimeout?: number;
}

interface MountPoint {
  readonly containerPath: string;
  readonly sourceVolume: string;
}

/** The emulator leaves volumes as the template has them. Those that no file system is behind are a task's own. */
interface Volume {
  readonly Name: string;
  readonly EFSVolumeConfiguration?: object;
}

interface Described {
  readonly services: readonly {
    readonly serviceName: string;
    readonly desiredCount: number;
    readonly taskDefinition: string;
    readonly loadBalancers?: readonly { readonly targetGroupArn?: string }[];
  }[];
}

const DEFAULT_STOP_SECONDS = 30;

/** The services that are deployed, of all clusters. */
export async function servicesOf(calls: AwsCalls): Promise<Service[]> {
  const { clusterArns } = await ecs<{ clusterArns: string[] }>(calls, 'ListClusters', {});
  const all = await Promise.all(clusterArns.map(async (cluster) => {
    const { serviceArns } = await ecs<{ serviceArns: string[] }>(calls, 'ListServices', { cluster });
    const { services } = serviceArns.length === 0
      ? { services: [] }
      : await ecs<Described>(calls, 'DescribeServices', { cluster, services: serviceArns });
    return Promise.all(services.map(async ({ serviceName, desiredCount, taskDefinition, loadBalancers = [] }) => {
      const targetGroups = loadBalancers.flatMap(({ targetGroupArn }) => targetGroupArn ?? []);
      return {
        name: serviceName,
        desired: desiredCount,
        targetGroups,
        healthPath: targetGroups[0] === undefined ? undefined : await healthPathOf(calls, targetGroups[0]),
        definition: await definitionOf(calls, taskDefinition),
      };
    }));
  }));
  return all.flat();
}

/** What ECS puts into the environment of a task before it starts. */
export async function resolveSecrets(calls: AwsCalls, { secrets }: TaskDefinition): Promise<Record<string, string>> {
  return Object.fromEntries(await Promise.all(Object.entries(secrets).map(async ([name, from]) => {
    // arn:aws:secretsmanager:<region>:<account>:secret:<name>:<field>:<stage>:<version>
    const parts = from.split(':');
    const [SecretId, field] = [parts.slice(0, 7).join(':'), parts[7]];
    const { SecretString } = await calls.json<{ SecretString: string }>('secretsmanager', 'secretsmanager.GetSecretValue', { SecretId });
    return [name, field ? String((JSON.parse(SecretString) as Record<string, unknown>)[field]) : SecretString];
  })));
}

async function definitionOf(calls: AwsCalls, taskDefinition: string): Promise<TaskDefinition> {
  const { taskDefinition: { containerDefinitions: [container], volumes = [] } } = await ecs<{
    taskDefinition: { containerDefinitions: readonly ContainerDefinition[]; volumes?: readonly Volume[] };
  }>(calls, 'DescribeTaskDefinition', { taskDefinition });
  const { environment = [], secrets = [], mountPoints = [], stopTimeout = DEFAULT_STOP_SECONDS } = container!;
  const shared = new Map(volumes.map(({ Name, EFSVolumeConfiguration: files }) => [Name, files && JSON.stringify(files)]));
  return {
    environment: Object.fromEntries(environment.map(({ name, value }) => [name, value])),
    secrets: Object.fromEntries(secrets.map(({ Name, ValueFrom }) => [Name, ValueFrom])),
    mounts: mountPoints.flatMap(({ containerPath: path, sourceVolume }) => {
      const files = shared.get(sourceVolume);
      return files === undefined ? [] : [{ path, files }];
    }),
    stopTimeoutSeconds: Number(stopTimeout),
  };
}

async function healthPathOf(calls: AwsCalls, targetGroup: string): Promise<string | undefined> {
  const groups = await calls.query('elasticloadbalancing', {
    'Action': 'DescribeTargetGroups', 'Version': '2015-12-01', 'TargetGroupArns.member.1': targetGroup,
  });
  return /<HealthCheckPath>([^<]*)<\/HealthCheckPath>/.exec(groups)?.[1];
}

const ecs = <Answer>(calls: AwsCalls, operation: string, body: object) =>
  calls.json<Answer>('ecs', `AmazonEC2ContainerServiceV20141113.${operation}`, body);
