import { CfnApiMapping, DomainName, SecurityPolicy } from 'aws-cdk-lib/aws-apigatewayv2';
import type { ICertificate } from 'aws-cdk-lib/aws-certificatemanager';
import { ARecord, type IHostedZone, RecordTarget } from 'aws-cdk-lib/aws-route53';
import { ApiGatewayv2DomainProperties } from 'aws-cdk-lib/aws-route53-targets';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import type { Construct, IConstruct } from 'constructs';

/** Which clients are known by their certificate. */
export interface MutualTls {
  /** The bucket with the trust store. */
  readonly bucket: IBucket;
  /** The key of the trust store in the bucket: certificates of the trusted authorities, PEM. */
  readonly key: string;
  /**
   * The version of the trust store. A new one takes effect only when it is named here.
   * @default - the newest when the stack was deployed
   */
  readonly version?: string;
}

/** A domain of your own for an API. TLS 1.2 and newer. */
export interface ApiDomain {
  /** The domain: `api.example.com`. */
  readonly name: string;
  /** Its certificate, of the API's own region. */
  readonly certificate: ICertificate;
  /**
   * The hosted zone that gets an alias record for the domain.
   * @default - no record: point the domain to `regionalDomainName` of the public field `domain` yourself
   */
  readonly hostedZone?: IHostedZone;
  /**
   * The path below which the API answers, without slashes at its ends, so that several APIs share a domain.
   * @default - the root
   */
  readonly path?: string;
  /**
   * Asks clients for a certificate. The default address of the API is then always off, since it would ask for none.
   * @default - clients need none
   */
  readonly mutualTls?: MutualTls;
}

/** What a domain is mapped to. */
interface Mapped {
  readonly apiId: string;
  readonly stageName: string;
  readonly stage: IConstruct;
}

/** Makes a domain that leads to a stage, whatever kind of API it serves. */
export function mapDomain(scope: Construct, domain: ApiDomain, mapped: Mapped): DomainName {
  // eslint-disable-next-line awscdk/require-passing-this -- constructs pass themselves
  const created = new DomainName(scope, 'Domain', {
    domainName: domain.name,
    certificate: domain.certificate,
    securityPolicy: SecurityPolicy.TLS_1_2,
    mtls: domain.mutualTls,
  });
  // eslint-disable-next-line awscdk/require-passing-this -- constructs pass themselves
  const mapping = new CfnApiMapping(scope, 'Mapping', {
    apiId: mapped.apiId,
    stage: mapped.stageName,
    domainName: created.name,
    apiMappingKey: domain.path,
  });
  mapping.node.addDependency(mapped.stage);
  if (domain.hostedZone) {
    // eslint-disable-next-line awscdk/require-passing-this -- constructs pass themselves
    new ARecord(scope, 'Alias', {
      zone: domain.hostedZone,
      recordName: `${domain.name}.`,
      target: RecordTarget.fromAlias(new ApiGatewayv2DomainProperties(created.regionalDomainName, created.regionalHostedZoneId)),
    });
  }
  return created;
}

/** The address of an API under its domain. */
export function domainUrl(scheme: string, domain: ApiDomain): string {
  return `${scheme}://${domain.name}${domain.path ? `/${domain.path}` : ''}`;
}
