import { Duration, Stack, Validations } from 'aws-cdk-lib';
import { Metric, type MetricOptions, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import {
  type BehaviorOptions, CacheQueryStringBehavior, type CfnDistribution, Distribution, GeoRestriction, HttpVersion,
  type IDistribution, type IOrigin, type IPublicKey, type IResponseHeadersPolicy, PriceClass, SecurityPolicyProtocol,
} from 'aws-cdk-lib/aws-cloudfront';
import { HttpOrigin, OriginGroup } from 'aws-cdk-lib/aws-cloudfront-origins';
import { type EventPattern, Rule } from 'aws-cdk-lib/aws-events';
import { Grant, type IGrantable } from 'aws-cdk-lib/aws-iam';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { acknowledge } from '../core/acknowledge';
import { alarmWhenAbove } from '../core/alarms';
import type { CdnSource, ICdnOrigin } from '../core/cdn-origin';
import { Profile } from '../core/profile';
import { enforce, refuse } from '../core/rules';
import { recordWire } from '../core/wires';
import { type Access, environmentName, type IBackingService, type ICompute, type UseOptions, writes } from '../core/wiring';
import { logTo } from './access-log';
import { BucketOrigin } from './bucket-origin';
import { type CdnPath, type CdnTtl, content, contentPolicy, passThrough, sharedAnswers } from './caching';
import { CdnCertificate } from './cdn-certificate';
import type { CdnProps } from './cdn-props';
import { CDN_RULES, keepsContent } from './cdn-rules';
import { INVALIDATION_RULES, Invalidation } from './invalidation';
import { firewall } from './protection';
import { privateOrigin } from './private-origin';
import { pointAt } from './records';
import { isInUsEast1, US_EAST_1 } from './region';
import { ASK_AGAIN, FOR_EVER, headersPolicy } from './security-headers';
import { type Signers, signers } from './signed-urls';
import { servesApp } from './single-page-app';

/** What points at immutable assets is fetched again soon, so that a new version shows without an invalidation. */
const POINTS_AT_ASSETS: CdnTtl = { default: Duration.minutes(1) };

/**
 * Copies near the visitors: Amazon CloudFront in front of an ObjectStore or a server, over HTTPS only, with security headers,
 * and with APIs passed through unless told what may be shared.
 */
export class Cdn extends Construct implements IBackingService {
  /** The distribution itself. */
  public readonly distribution: IDistribution;
  /** The address, without a slash at the end. */
  public readonly url: string;
  /** The key whose private half signs; undefined without `signedUrls`. */
  public readonly signingKey?: IPublicKey;
  /** The security headers; undefined for an adopted distribution. */
  public readonly headers?: IResponseHeadersPolicy;

  private readonly origins = new Map<ICdnOrigin, IOrigin>();
  private readonly buckets: BucketOrigin[] = [];
  private readonly signers?: Signers;
  private group?: OriginGroup;
  private invalidation?: Invalidation;

  /** @throws RuleError when the props break a rule of this concept; all of them are named at once */
  constructor(scope: Construct, id: string, props: CdnProps) {
    super(scope, id);
    enforce(this, CDN_RULES, props);
    if (props.distribution) {
      this.distribution = props.distribution;
      this.url = `https://${props.distribution.distributionDomainName}`;
      return;
    }
    this.refuseElsewhere(props);
    this.signers = props.signedUrls && signers(this, props.signedUrls.publicKeys);
    this.signingKey = this.signers?.current;
    this.headers = headersPolicy(this, 'Headers', props.securityHeaders, props.immutableAssets && ASK_AGAIN);
    const distribution = this.createDistribution(props);
    this.distribution = distribution;
    this.node.defaultChild = distribution;
    this.url = `https://${props.domainNames?.[0] ?? distribution.distributionDomainName}`;
    this.buckets.forEach((origin) => origin.admit(this, distribution.distributionId));
    this.acknowledgeDistribution(distribution.node.defaultChild as CfnDistribution, props);
    if (props.accessLog) {
      logTo(this, distribution.distributionId, props.accessLog);
    }
    if (props.hostedZone) {
      const ipv6 = props.distributionProps?.enableIpv6 ?? true;
      pointAt(this, distribution, props.hostedZone, props.domainNames ?? [], ipv6);
    }
    this.createAlarm();
  }

  /**
   * Tells compute the address in `<NAME>_URL`, and signers their key in `<NAME>_KEY_PAIR_ID`. With `Access.WRITE` compute may
   * also drop copies, of the distribution in `<NAME>_DISTRIBUTION_ID`.
   */
  public attach(compute: ICompute, access: Access, options?: UseOptions): void {
    compute.addEnvironment(environmentName(this, 'URL', options), this.url);
    if (this.signingKey) {
      compute.addEnvironment(environmentName(this, 'KEY_PAIR_ID', options), this.signingKey.publicKeyRef.publicKeyId);
    }
    if (writes(access)) {
      compute.network?.reach('cloudfront', compute);
      this.grantInvalidate(compute);
      compute.addEnvironment(environmentName(this, 'DISTRIBUTION_ID', options), this.distribution.distributionId);
    }
  }

  /** Lets a principal drop copies, and see how far that is. */
  public grantInvalidate(grantee: IGrantable): Grant {
    return Grant.addToPrincipal({
      grantee,
      actions: ['cloudfront:CreateInvalidation', 'cloudfront:GetInvalidation'],
      resourceArns: [this.arn],
    });
  }

  /**
   * Drops copies when an event comes, from about a minute after it on. The first 1,000 paths a month are free.
   *
   * @param id of the rule that listens
   * @param event for example what a deployment pipeline tells when it is done
   * @param paths which copies, `['/*']` for all
   */
  public invalidateOn(id: string, event: EventPattern, paths: string[] = ['/*']): Rule {
    enforce(this, INVALIDATION_RULES, { event, paths });
    this.invalidation ??= new Invalidation(this, 'Invalidation', { id: this.distribution.distributionId, arn: this.arn });
     
    const rule = new Rule(this, id, { eventPattern: event, targets: [this.invalidation.target(paths)] });
    acknowledge(rule.node.defaultChild as Construct, {
      id: 'Serverless-EventBusDLQ',
      reason: 'EventBridge tries for 24 hours to start the state machine of the same account; were it in vain, copies would still expire by their time to live.',
    });
    return rule;
  }

  /** Requests of visitors; sum over five minutes unless told otherwise. CloudFront keeps its metrics in us-east-1. */
  public metricRequests(options?: MetricOptions): Metric {
    return this.metric('Requests', { statistic: Stats.SUM, ...options });
  }

  /** Requests answered with 5xx in percent; average over five minutes unless told otherwise. */
  public metricServerErrorRate(options?: MetricOptions): Metric {
    return this.metric('5xxErrorRate', { statistic: Stats.AVERAGE, ...options });
  }

  /**
   * Requests answered from copies in percent; average over five minutes unless told otherwise. Needs
   * `publishAdditionalMetrics`.
   */
  public metricCacheHitRate(options?: MetricOptions): Metric {
    return this.metric('CacheHitRate', { statistic: Stats.AVERAGE, ...options });
  }

  private metric(metricName: string, options: MetricOptions): Metric {
    return new Metric({
      namespace: 'AWS/CloudFront',
      metricName,
      dimensionsMap: { DistributionId: this.distribution.distributionId, Region: 'Global' },
      region: US_EAST_1,
      ...options,
    });
  }

  private get arn(): string {
    const { distributionId: resourceName } = this.distribution;
    return Stack.of(this).formatArn({ service: 'cloudfront', region: '', resource: 'distribution', resourceName });
  }

  private createDistribution(props: CdnProps): Distribution {
    const { domainNames, hostedZone } = props;
    const domain = domainNames && {
      domainNames,
      certificate: props.certificate ?? new CdnCertificate(this, 'Certificate', { domainNames, hostedZone: hostedZone! }).certificate,
      minimumProtocolVersion: SecurityPolicyProtocol.TLS_V1_2_2021,
    };
    return new Distribution(this, 'Distribution', {
      defaultBehavior: this.defaultBehavior(props),
      additionalBehaviors: this.behaviors(props),
      defaultRootObject: keepsContent(props) ? 'index.html' : undefined,
      httpVersion: HttpVersion.HTTP2_AND_3,
      priceClass: props.priceClass ?? PriceClass.PRICE_CLASS_ALL,
      geoRestriction: props.countries && (props.countries.allow
        ? GeoRestriction.allowlist(...props.countries.allow)
        : GeoRestriction.denylist(...props.countries.deny ?? [])),
      webAclId: props.webAcl ?? (props.protection && firewall(this, props.protection).attrArn),
      ...domain,
      ...props.distributionProps,
    });
  }

  private defaultBehavior(props: CdnProps): BehaviorOptions {
    const origin = this.origin(props);
    const kept = keepsContent(props) ? content(origin, this.contentPolicy(props)) : passThrough(origin);
    return {
      ...kept,
      ...this.signedWhen(props.signedUrls !== undefined && props.signedUrls.paths === undefined),
      responseHeadersPolicy: this.headers,
      functionAssociations: props.singlePageApp ? [servesApp(this)] : undefined,
    };
  }

  private contentPolicy({ ttl, immutableAssets, origin }: CdnProps) {
    const chosen = ttl ?? (immutableAssets && POINTS_AT_ASSETS);
    // S3 takes no notice of a query, a server may.
    const query = origin?.cdnSource().bucket ? CacheQueryStringBehavior.none() : CacheQueryStringBehavior.all();
    return chosen && contentPolicy(this, 'Content', chosen, query);
  }

  private behaviors(props: CdnProps): Record<string, BehaviorOptions> {
    const origin = this.origin(props);
    const own = Object.entries(props.paths ?? {}).map(([path, options]) => [path, this.pathBehavior(path, options)] as const);
    const kept = content(origin, undefined);
    const signed = (props.signedUrls?.paths ?? []).map((path) =>
      [path, { ...kept, ...this.signedWhen(true), responseHeadersPolicy: this.headers }] as const);
    const everywhere = props.signedUrls !== undefined && props.signedUrls.paths === undefined;
    const forEver = props.immutableAssets?.length ? headersPolicy(this, 'AssetHeaders', props.securityHeaders, FOR_EVER) : undefined;
    const immutable = (props.immutableAssets ?? []).map((path) =>
      [path, { ...kept, ...this.signedWhen(everywhere), responseHeadersPolicy: forEver }] as const);
    return Object.fromEntries([...own, ...signed, ...immutable]);
  }

  private pathBehavior(path: string, { origin, cache, signed = false }: CdnPath): BehaviorOptions {
    const from = this.bound(origin);
    const policy = cache && sharedAnswers(this, `Shared${path.replace(/[^A-Za-z0-9]+/g, '-')}`, cache);
    const kept = cache || origin.cdnSource().bucket ? content(from, policy) : passThrough(from);
    return { ...kept, ...this.signedWhen(signed), responseHeadersPolicy: this.headers };
  }

  private signedWhen(signed: boolean): Pick<BehaviorOptions, 'trustedKeyGroups'> {
    return signed && this.signers ? { trustedKeyGroups: [this.signers.group] } : {};
  }

  private origin({ origin, failoverOrigin }: CdnProps): IOrigin {
    const primaryOrigin = this.bound(origin!);
    if (!failoverOrigin) {
      return primaryOrigin;
    }
    return this.group ??= new OriginGroup({
      primaryOrigin,
      fallbackOrigin: this.bound(failoverOrigin),
      fallbackStatusCodes: [500, 502, 503, 504],
    });
  }

  /** An origin that serves several paths is one origin of the distribution. */
  private bound(origin: ICdnOrigin): IOrigin {
    const known = this.origins.get(origin);
    if (known) {
      return known;
    }
    const bound = this.bind(origin.cdnSource());
    this.origins.set(origin, bound);
    recordWire(this, origin, 'fetches');
    return bound;
  }

  private bind({ bucket, loadBalancer, domainName, origin }: CdnSource): IOrigin {
    if (loadBalancer) {
      return privateOrigin(this, loadBalancer);
    }
    return origin ?? (bucket ? this.boundBucket(bucket) : new HttpOrigin(domainName!));
  }

  private boundBucket(bucket: IBucket): BucketOrigin {
    const origin = new BucketOrigin(bucket);
    this.buckets.push(origin);
    return origin;
  }

  private refuseElsewhere({ protection, accessLog }: CdnProps): void {
    const here = `a stack in ${Stack.of(this).region}`;
    if (protection && !isInUsEast1(this)) {
      refuse(this, 'Cdn.ProtectionRegion', `protection in ${here}`, `a stack in ${US_EAST_1}, where firewalls of CloudFront live, or webAcl, the ARN of one made there`);
    }
    if (accessLog && !isInUsEast1(this)) {
      refuse(this, 'Cdn.AccessLogRegion', `accessLog in ${here}`, `a stack in ${US_EAST_1}, where logs of CloudFront are delivered from; the bucket can be anywhere`);
    }
  }

  private createAlarm(): void {
    if (!isInUsEast1(this)) {
      if (Profile.of(this).guarded) {
        Validations.of(this).addWarning('cdk-system-blueprints:Cdn.AlarmsInUsEast1',
          `${this.node.path} has no alarm: CloudFront counts in us-east-1, and an alarm sees its own region only. Put the Cdn into a stack in us-east-1, or an alarm on metricServerErrorRate() there`);
      }
      return;
    }
    alarmWhenAbove(this, 'ServerErrorsAlarm', () => ({
      metric: this.metricServerErrorRate(),
      threshold: 1,
      alarmDescription: 'More than 1 % of requests fail: look at the origin.',
    }));
  }

  private acknowledgeDistribution(resource: CfnDistribution, props: CdnProps): void {
    const because = (finding: string, reason: string) => acknowledge(resource, { id: `AwsSolutions-${finding}`, reason });
    because('CFR3', props.accessLog
      ? 'Every request is logged to accessLog by standard logging v2, which this rule does not know: it looks for the one before.'
      : 'A log of every request is a choice, accessLog, since it fills a bucket and is charged by its size; metrics count requests and errors.');
    if (!props.countries) {
      because('CFR1', 'Visitors are everywhere unless countries says otherwise: which ones to serve is a decision of the business, not of safety.');
    }
    if (!props.webAcl && !props.protection) {
      because('CFR2', 'A firewall costs about $7 a month, so it is a choice: protection or webAcl. AWS Shield Standard keeps floods away from every distribution at no cost.');
    }
    if (!props.domainNames) {
      because('CFR4', 'The certificate of cloudfront.net is CloudFront\'s own, and so is the least version of TLS that goes with it; with domainNames it is TLS 1.2.');
    }
  }
}
