import { Duration } from 'aws-cdk-lib';
import { ContainerImage } from 'aws-cdk-lib/aws-ecs';
import { Repository } from 'aws-cdk-lib/aws-ecr';
import { Profile } from './lib/core';
import { ContainerService } from './lib/container-service';
import { WorkQueue } from './lib/work-queue';
import { resourcesOf, stackWith } from './test/support/stacks';
const stack = stackWith(process.argv[2] === 'p' ? Profile.PRODUCTION : Profile.SANDBOX);
const repo = Repository.fromRepositoryName(stack, 'PlainRepository', 'shop');
if (process.argv[3] === 'w') {
  const w = new ContainerService(stack, 'Worker', { image: ContainerImage.fromEcrRepository(repo, '1'), maxProcessingTime: Duration.seconds(30) });
  new WorkQueue(stack, 'Jobs').consumedBy(w, { idempotent: true } as never);
} else new ContainerService(stack, 'Shop', { image: ContainerImage.fromEcrRepository(repo, '1'), port: 8080 });
const r = resourcesOf(stack);
console.log(Object.keys(r).length);
for (const [k, v] of Object.entries(r)) if (!/^(Network|Jobs)/.test(k)) console.log(k, JSON.stringify(v, null, 1));
console.log(Object.keys(r).join(' '));
