import { Names, Stack, Token } from 'aws-cdk-lib';
import type { IVpc } from 'aws-cdk-lib/aws-ec2';
import { type IPrivateDnsNamespace, PrivateDnsNamespace } from 'aws-cdk-lib/aws-servicediscovery';
import type { Construct } from 'constructs';

const SHARED = Symbol.for('cdk-system-blueprints.discovery');

interface StackWithNamespaces extends Stack {
  [SHARED]?: Map<IVpc, IPrivateDnsNamespace>;
}

/**
 * The domain below which the services of a stack are found inside a network, made on first use. It is named after the stack:
 * a VPC takes every domain once, and several stacks may share it.
 */
export function namespaceOf(service: Construct, vpc: IVpc): IPrivateDnsNamespace {
  const stack = Stack.of(service) as StackWithNamespaces;
  const namespaces = stack[SHARED] ??= new Map();
  const id = namespaces.size === 0 ? 'Discovery' : `Discovery${namespaces.size + 1}`;
  // eslint-disable-next-line awscdk/no-variable-construct-id -- one for each network
  const namespace = namespaces.get(vpc) ?? new PrivateDnsNamespace(stack, id, { vpc, name: `${domainOf(stack)}.internal` });
  namespaces.set(vpc, namespace);
  return namespace;
}

function domainOf(stack: Stack): string {
  return (Token.isUnresolved(stack.stackName) ? Names.uniqueId(stack) : stack.stackName).toLowerCase();
}
