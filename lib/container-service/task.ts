import { Duration, Size } from 'aws-cdk-lib';
import {
  AwsLogDriverMode, CpuArchitecture, FargateTaskDefinition, type HealthCheck, LinuxParameters, LogDrivers,
  OperatingSystemFamily,
} from 'aws-cdk-lib/aws-ecs';
import type { ILogGroup } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import type { ContainerHealth, ContainerServiceProps } from './container-service-props';
import { acknowledgePull } from './image-access';
import { createExecutionRole, createTaskRole } from './roles';
import { TaskSize } from './task-size';

/** Creates the definition of a task: one container, its roles, its logs. */
export function createTask(scope: Construct, props: ContainerServiceProps, logGroup: ILogGroup): FargateTaskDefinition {
  const { vcpu, memory } = props.size ?? TaskSize.SMALL;
  const executionRole = createExecutionRole(scope);
  // eslint-disable-next-line awscdk/require-passing-this -- constructs pass themselves
  const definition = new FargateTaskDefinition(scope, 'Task', {
    cpu: vcpu * 1024,
    memoryLimitMiB: memory.toMebibytes(),
    taskRole: createTaskRole(scope, props.debug ? logGroup : undefined),
    executionRole,
    ephemeralStorageGiB: props.ephemeralStorage?.toGibibytes(),
    runtimePlatform: {
      cpuArchitecture: props.architecture ?? CpuArchitecture.ARM64,
      operatingSystemFamily: OperatingSystemFamily.LINUX,
    },
  });
  addContainer(scope, definition, props, logGroup);
  acknowledgePull(executionRole);
  return definition;
}

function addContainer(
  scope: Construct, definition: FargateTaskDefinition, props: ContainerServiceProps, logGroup: ILogGroup,
): void {
  const readOnly = props.readonlyRootFilesystem ?? !props.debug;
  const container = definition.addContainer('App', {
    image: props.image!,
    portMappings: props.port === undefined ? undefined : [{ containerPort: props.port }],
    environment: props.environment && { ...props.environment },
    secrets: props.secrets && { ...props.secrets },
    command: props.command,
    entryPoint: props.entryPoint,
    user: props.user,
    readonlyRootFilesystem: readOnly,
    stopTimeout: props.gracefulStop ?? (props.port === undefined ? Duration.minutes(2) : undefined),
    healthCheck: props.health && healthCheck(props.health),
    // Process 1 of a container hears no SIGTERM that it does not ask for; an init process passes it on.
    // eslint-disable-next-line awscdk/require-passing-this -- constructs pass themselves
    linuxParameters: new LinuxParameters(scope, 'Linux', { initProcessEnabled: true }),
    // A slow log service must not stop requests: beyond the buffer, lines are dropped (Amazon ECS Developer Guide, "awslogs").
    logging: LogDrivers.awsLogs({
      logGroup, streamPrefix: scope.node.id, mode: AwsLogDriverMode.NON_BLOCKING, maxBufferSize: Size.mebibytes(25),
    }),
  });
  if (readOnly) {
    (props.writablePaths ?? ['/tmp']).forEach((containerPath, index) => {
      const name = `writable${index}`;
      definition.addVolume({ name });
      container.addMountPoints({ sourceVolume: name, containerPath, readOnly: false });
    });
  }
}

function healthCheck({ command, startup }: ContainerHealth): HealthCheck | undefined {
  return command && { command, interval: Duration.seconds(10), timeout: Duration.seconds(5), retries: 3, startPeriod: startup };
}
