import type { Connections, Port } from 'aws-cdk-lib/aws-ec2';
import type { IConstruct } from 'constructs';
import { refuse } from './rules';
import type { ICompute } from './wiring';

/**
 * Opens the way from compute to a service inside a network: one port, in the security groups of both sides.
 *
 * @throws RuleError when the compute runs outside any network, where no security group can help
 */
export function openPath(service: IConstruct, compute: ICompute, to: Connections, port: Port): void {
  if (!compute.connections) {
    refuse(service, 'Wiring.NoNetworkPath', `use by ${compute.node.path}, which runs outside any network`,
      'compute inside the network of the service: give it network, for example Network.of(this)');
  }
  const description = `${compute.node.id} uses ${service.node.id}`;
  for (const from of compute.connections.securityGroups) {
    for (const target of to.securityGroups) {
      // As a remote rule it belongs to the stack of the compute, which depends on the service anyhow.
      target.addIngressRule(from, port, description, true);
      if (!from.allowAllOutbound) {
        from.addEgressRule(target, port, description);
      }
    }
  }
}
