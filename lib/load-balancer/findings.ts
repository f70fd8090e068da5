import type { Connections } from 'aws-cdk-lib/aws-ec2';
import type { BaseLoadBalancer, IListener } from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import { acknowledge, acknowledgeCompliance, CompliancePack } from '../core/acknowledge';
import { Profile } from '../core/profile';

/** What a load balancer lacks because the profile is SANDBOX or because it is a choice with a price. */
export function acknowledgeLoadBalancer(
  loadBalancer: BaseLoadBalancer, logs: boolean, protection?: boolean, application = true,
): void {
  const resource = loadBalancer.node.defaultChild!;
  if (application) {
    acknowledgeCompliance(resource, 'ALBWAFEnabled',
      'A web ACL is a choice with a price of its own for each rule and request: associate one with the public field loadBalancer.',
      [CompliancePack.NIST, CompliancePack.PCI]);
  }
  if (!logs) {
    const reason = 'Requests are logged under PRODUCTION, and under SANDBOX where accessLogs names a bucket: a bucket with logs in it would outlive the sandbox.';
    acknowledge(resource, { id: 'AwsSolutions-ELB2', reason });
    acknowledgeCompliance(resource, 'ELBLoggingEnabled', reason);
  }
  if (!(protection ?? Profile.of(loadBalancer).guarded)) {
    acknowledgeCompliance(resource, 'ELBDeletionProtectionEnabled',
      'A load balancer of a sandbox goes with it; it holds nothing. PRODUCTION protects it against deletion.',
      [CompliancePack.HIPAA, CompliancePack.NIST]);
  }
}

/** What a security group of an internet-facing load balancer is open for. */
export function acknowledgeOpen(connections: Connections, open: boolean): void {
  if (!open) {
    return;
  }
  for (const securityGroup of connections.securityGroups) {
    acknowledge(securityGroup, {
      id: 'AwsSolutions-EC23',
      reason: 'It is the front door: scheme INTERNET_FACING was asked for. Open are the ports of its listeners only, and targets admit the load balancer only.',
    });
  }
}

/** What a listener without a certificate is found for. */
export function acknowledgeListener(listener: IListener, open: boolean, redirects = false): void {
  const resource = listener.node.defaultChild!;
  const reason = redirects
    ? 'It answers nothing but where to find HTTPS; the listener beside it has the certificate.'
    : open
      ? 'Without a certificate it serves in the clear, in a sandbox or because plaintext was asked for; a warning says so at every synthesis.'
      : 'It serves its own network only, and has no certificate since it was given none: HTTPS follows from certificates.';
  acknowledgeCompliance(resource, 'ELBv2ACMCertificateRequired', reason);
  if (!redirects) {
    acknowledgeCompliance(resource, 'ALBHttpToHttpsRedirection', reason);
  }
}
