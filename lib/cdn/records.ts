import type { IDistribution } from 'aws-cdk-lib/aws-cloudfront';
import { AaaaRecord, ARecord, type IHostedZone, RecordTarget } from 'aws-cdk-lib/aws-route53';
import { CloudFrontTarget } from 'aws-cdk-lib/aws-route53-targets';
import type { Construct } from 'constructs';

/** Points domain names at a distribution, over IPv4 and IPv6. */
export function pointAt(
  scope: Construct, distribution: IDistribution, zone: IHostedZone, domainNames: readonly string[], ipv6: boolean,
): void {
  const target = RecordTarget.fromAlias(new CloudFrontTarget(distribution));
  domainNames.forEach((name, index) => {
    const record = { zone, target, recordName: `${name}.` };
    // eslint-disable-next-line awscdk/require-passing-this -- constructs pass themselves
    new ARecord(scope, `Record${index}`, record);
    if (ipv6) {
      // eslint-disable-next-line awscdk/require-passing-this -- constructs pass themselves
      new AaaaRecord(scope, `Ipv6Record${index}`, record);
    }
  });
}
