import { Duration, Size } from 'aws-cdk-lib';
import { Vpc } from 'aws-cdk-lib/aws-ec2';
import { Repository } from 'aws-cdk-lib/aws-ecr';
import { Cluster, ContainerImage, CpuArchitecture, FargateService, FargateTaskDefinition, Secret } from 'aws-cdk-lib/aws-ecs';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Secret as ManagedSecret } from 'aws-cdk-lib/aws-secretsmanager';
import type { Construct } from 'constructs';
import * as fc from 'fast-check';
import { ContainerService, type ContainerServiceProps, Deployment, TaskSize } from '../../../lib/container-service';
import { TrafficEstimate } from '../../../lib/core';
import { flag, NOT_DURATION, NOT_FLAG, NOT_NUMBER, NOT_OBJECT, NOT_TEXT, optional, seconds, type Subject } from '../subject';

const NOT_LIST: readonly unknown[] = [null, 'x', 5, {}, true];
const word = fc.stringMatching(/^[a-z][a-z0-9-]{0,20}[a-z0-9]$/);
const variables = <Value>(value: fc.Arbitrary<Value>, prefix: string) =>
  fc.dictionary(fc.stringMatching(new RegExp(`^${prefix}[A-Z0-9_]{1,20}$`)), value, { maxKeys: 3 }) as fc.Arbitrary<Record<string, Value>>;

function adoptable(scope: Construct): FargateService {
  const taskDefinition = new FargateTaskDefinition(scope, 'Definition');
  taskDefinition.addContainer('App', { image: ContainerImage.fromRegistry('nginx') });
  return new FargateService(scope, 'Existing', { cluster: new Cluster(scope, 'ItsCluster', { vpc: new Vpc(scope, 'ItsVpc') }), taskDefinition });
}

export const SUBJECTS: Record<string, Subject<object>> = {
  ContainerService: {
    concept: 'ContainerService',
    madeOf: ['Network'],
    valid: (scope) => fc.tuple(
      fc.record({
        image: fc.constant(ContainerImage.fromEcrRepository(Repository.fromRepositoryName(scope, 'Repository', 'shop'))),
        port: fc.integer({ min: 1, max: 65_535 }),
      }),
      optional<ContainerServiceProps>({
        size: fc.constantFrom(TaskSize.SMALL, TaskSize.XLARGE2, TaskSize.of(8, Size.gibibytes(20))),
        scaling: fc.record({
          min: fc.integer({ min: 1, max: 10 }),
          max: fc.integer({ min: 10, max: 5000 }),
          cpuPercent: fc.integer({ min: 1, max: 100 }),
          memoryPercent: fc.integer({ min: 1, max: 100 }),
        }, { requiredKeys: ['max'] }),
        traffic: fc.integer({ min: 1, max: 10_000 }).map((requestsPerSecond) => new TrafficEstimate({ requestsPerSecond })),
        deployment: fc.constant(Deployment.rolling()),
        environment: variables(fc.string(), 'E'),
        secrets: variables(fc.constant(Secret.fromSecretsManager(ManagedSecret.fromSecretNameV2(scope, 'Secret', 'shop'))), 'S'),
        health: optional({ command: fc.constant(['CMD', 'true']), path: word.map((name) => `/${name}`), startup: seconds(0, 300) }),
        discoverAs: word,
        command: fc.array(word, { minLength: 1 }),
        entryPoint: fc.array(word, { minLength: 1 }),
        user: word,
        architecture: fc.constantFrom(CpuArchitecture.ARM64, CpuArchitecture.X86_64),
        gracefulStop: seconds(1, 120),
        maxProcessingTime: seconds(1, 43_200),
        spot: fc.double({ min: 0, max: 1, noNaN: true }),
        ephemeralStorage: fc.integer({ min: 21, max: 200 }).map((amount) => Size.gibibytes(amount)),
        debug: flag,
        logRetention: fc.constant(RetentionDays.ONE_DAY),
      }),
    ).map(([needed, others]) => ({ ...needed, ...others })),
    invalid: () => ({
      image: [null, 'nginx', {}],
      port: [...NOT_NUMBER, 0, 65_536, 1.5],
      size: [null, 'small', {}, 256],
      scaling: [...NOT_OBJECT, {}, { max: 0 }, { max: '5' }, { min: 0, max: 3 }, { min: 4, max: 3 }, { max: 3, cpuPercent: 101 }, { max: 5001 }],
      traffic: [null, 5, {}],
      deployment: [null, 'canary', {}],
      environment: [...NOT_OBJECT, { '1A': 'x' }, { A: 'one letter' }, { AB: 5 }],
      secrets: [...NOT_OBJECT, { SECRET: 'x' }, { '1S': {} }],
      health: [...NOT_OBJECT, { command: [] }, { command: 'true' }, { path: 'x' }, { startup: 5 }],
      discoverAs: [...NOT_TEXT, '', 'Shop', 'a.b', '-a'],
      command: [...NOT_LIST, [5]],
      entryPoint: [...NOT_LIST, [null]],
      user: NOT_TEXT,
      writablePaths: [...NOT_LIST, ['tmp'], [5]],
      architecture: [null, 'arm64', {}],
      gracefulStop: [...NOT_DURATION, Duration.seconds(0), Duration.seconds(121), Duration.millis(500)],
      maxProcessingTime: [...NOT_DURATION, Duration.seconds(0), Duration.hours(13)],
      spot: [...NOT_NUMBER, -0.1, 1.1, NaN],
      ephemeralStorage: [null, 30, {}, Size.gibibytes(20), Size.gibibytes(201), Size.mebibytes(30_000)],
      debug: NOT_FLAG,
      readonlyRootFilesystem: NOT_FLAG,
      network: [null, 'network', {}],
      cluster: [null, 'cluster', {}],
      service: [null, 'service', {}],
    }),
    conflicting: (scope) => ({ service: [adoptable(scope)] }),
    build: (scope, props) => new ContainerService(scope, 'Subject', props),
  } satisfies Subject<ContainerServiceProps>,
};
