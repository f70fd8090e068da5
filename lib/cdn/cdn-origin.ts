import type { IOrigin } from 'aws-cdk-lib/aws-cloudfront';
import type { CdnSource, ICdnOrigin } from '../core/cdn-origin';
import { RuleError } from '../core/rules';
import { isObject, show } from '../core/show';
import { isDomainName } from './domain-name';

/** What a Cdn can stand in front of, beside the constructs of this library. */
export class CdnOrigin implements ICdnOrigin {
  /**
   * A server that is reached over HTTPS, with a certificate for its domain name.
   *
   * @param domainName for example `api.example.com`
   * @throws RuleError when it is no domain name, for example a URL
   */
  public static http(domainName: string): CdnOrigin {
    if (!isDomainName(domainName)) {
      throw new RuleError('CdnOrigin.http', [{ code: 'Cdn.OriginDomainName', given: show(domainName), allowed: 'a domain name alone: no scheme, no path' }]);
    }
    return new CdnOrigin({ domainName });
  }

  /**
   * Any origin of the CDK, for example `VpcOrigin.withApplicationLoadBalancer(balancer)`.
   *
   * @throws RuleError when it is no origin
   */
  public static from(origin: IOrigin): CdnOrigin {
    if (!isObject(origin) || typeof origin.bind !== 'function') {
      throw new RuleError('CdnOrigin.from', [{ code: 'Cdn.NotAnOrigin', given: show(origin), allowed: 'an IOrigin of aws-cloudfront' }]);
    }
    return new CdnOrigin({ origin });
  }

  private constructor(private readonly source: CdnSource) {}

  public cdnSource(): CdnSource {
    return this.source;
  }
}
