import { Token } from 'aws-cdk-lib';
import { type ContainerDefinition, type ContainerImage, RepositoryImage } from 'aws-cdk-lib/aws-ecs';
import type { CfnPolicy, Policy, Role } from 'aws-cdk-lib/aws-iam';
import { acknowledge } from '../core/acknowledge';
import { refuse } from '../core/rules';
import type { ICompute, INetwork } from '../core/wiring';

const PRIVATE_REGISTRY = /^\d{12}\.dkr\.ecr\.[a-z0-9-]+\.amazonaws\.com/;

/**
 * Sees to it that tasks get their image: a way through the network and, for images of Amazon ECR, nothing beyond what the
 * CDK has granted.
 *
 * @throws RuleError when tasks could never pull it
 */
export function reachImage(service: ICompute, image: ContainerImage, container: ContainerDefinition, network: INetwork): void {
  if (!(image instanceof RepositoryImage)) {
    ['ecr.api', 'ecr.dkr', 's3'].forEach((endpoint) => { network.reach(endpoint, service); });
    return;
  }
  const { imageName: name } = container;
  if (Token.isUnresolved(name)) {
    return;
  }
  if (PRIVATE_REGISTRY.test(name)) {
    refuse(service, 'ContainerService.ImageWithoutGrant', `the image ${name} by its name`,
      'ContainerImage.fromEcrRepository(repository, tag), which also grants the pull');
  }
  if (network.internet === false) {
    refuse(service, 'ContainerService.ImageOutOfReach', `the image ${name} of a public registry, in ${network.node.path}, which has no way to the internet`,
      'an image of Amazon ECR (a pull-through cache copies public ones), or a network with a NAT gateway: egress of Network');
  }
}

/** Acknowledges, where it is so, that whoever pulls from Amazon ECR asks for a token that no resource narrows. */
export function acknowledgePull(executionRole: Role): void {
  const policy = executionRole.node.tryFindChild('DefaultPolicy') as Policy | undefined;
  if (policy && JSON.stringify(policy.document.toJSON()).includes('ecr:GetAuthorizationToken')) {
    acknowledge(policy.node.defaultChild as CfnPolicy, {
      id: 'AwsSolutions-IAM5[Resource::*]',
      reason: 'ecr:GetAuthorizationToken does not support resource-level permissions (Service Authorization Reference, Amazon Elastic Container Registry); the pull itself is granted on the one repository. The code of the task does not have this role.',
    });
  }
}
