import { CfnOutput, Fn, Stack } from 'aws-cdk-lib';
import { Certificate, CertificateValidation, type ICertificate } from 'aws-cdk-lib/aws-certificatemanager';
import type { IHostedZone } from 'aws-cdk-lib/aws-route53';
import { Construct } from 'constructs';
import { enforce, refuse } from '../core/rules';
import { CDN_CERTIFICATE_RULES } from './cdn-rules';
import { isInUsEast1, regionOf, US_EAST_1 } from './region';

/** What a CdnCertificate is for. */
export interface CdnCertificateProps {
  /** The domain names, up to 10; the first is the certificate's own. */
  readonly domainNames: string[];
  /** The public hosted zone that has them, in which the certificate is validated. */
  readonly hostedZone: IHostedZone;
}

/**
 * A certificate as CloudFront wants it: in us-east-1, wherever the stack is. Outside us-east-1 it is made in a stack beside this
 * one, `<stack>-us-east-1`, and its ARN is read by `Fn::GetStackOutput`: no custom resource. `cdk deploy` takes both stacks.
 */
export class CdnCertificate extends Construct {
  /** The certificate, as this stack sees it. */
  public readonly certificate: ICertificate;

  /** @throws RuleError when the props break a rule, the stack's region is unknown, or the zone is made by the stack itself */
  constructor(scope: Construct, id: string, props: CdnCertificateProps) {
    super(scope, id);
    enforce(this, CDN_CERTIFICATE_RULES, props);
    this.certificate = isInUsEast1(this) ? createCertificate(this, 'Certificate', props) : this.createBeside(props);
  }

  private createBeside(props: CdnCertificateProps): ICertificate {
    const stack = Stack.of(this);
    if (regionOf(this) === undefined) {
      refuse(this, 'Cdn.CertificateNeedsRegion', 'a stack without a region', 'a stack with env.region, or certificate, made in us-east-1');
    }
    if (Stack.of(props.hostedZone) === stack && props.hostedZone.node.defaultChild) {
      refuse(this, 'Cdn.CertificateNeedsZone', `the hosted zone ${props.hostedZone.node.path} of the same stack`,
        'a zone that exists before: HostedZone.fromLookup, HostedZone.fromHostedZoneAttributes, or a zone of another stack');
    }
    const beside = stackBeside(stack);
    const certificate = createCertificate(beside, this.node.path.replaceAll('/', '-'), props);
    const output = new CfnOutput(beside, `Arn${this.node.addr.slice(-8)}`, { value: certificate.certificateArn });
    // Of the stack, by way of its resources: the method for stacks has another name in older versions of the CDK.
    stack.node.addDependency(certificate);
    const arn = Fn.getStackOutput(beside.stackName, beside.getLogicalId(output), US_EAST_1);
    return Certificate.fromCertificateArn(this, 'Certificate', arn);
  }
}

function createCertificate(scope: Construct, id: string, { domainNames, hostedZone }: CdnCertificateProps): Certificate {
  const [domainName = '', ...subjectAlternativeNames] = domainNames;
  // eslint-disable-next-line awscdk/require-passing-this, awscdk/no-variable-construct-id -- constructs pass themselves
  return new Certificate(scope, id, {
    domainName,
    subjectAlternativeNames: subjectAlternativeNames.length > 0 ? subjectAlternativeNames : undefined,
    validation: CertificateValidation.fromDns(hostedZone),
  });
}

/** One stack in us-east-1 for all certificates of a stack. */
function stackBeside(stack: Stack): Stack {
  const outermost = stack.nestedStackParent ?? stack;
  const id = `${outermost.node.id}-${US_EAST_1}`;
  const parent = outermost.node.scope!;
   
  return parent.node.tryFindChild(id) as Stack | undefined ?? new Stack(parent, id, {
    env: { account: stack.account, region: US_EAST_1 },
    stackName: `${outermost.stackName}-${US_EAST_1}`,
  });
}
