import type { Duration } from 'aws-cdk-lib';
import type { ICertificate } from 'aws-cdk-lib/aws-certificatemanager';
import type { ISecurityGroup } from 'aws-cdk-lib/aws-ec2';
import type { DesyncMitigationMode, IApplicationListener, IpAddressType, XffHeaderProcessingMode } from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import type { INetwork } from '../core/wiring';
import type { Scheme } from './scheme';

/** Further options of the inner Application Load Balancer. */
export interface LoadBalancerOptions {
  /**
   * Its security group.
   * @default - one of its own
   */
  readonly securityGroup?: ISecurityGroup;
  /**
   * What kind of addresses it has.
   * @default IpAddressType.IPV4
   */
  readonly ipAddressType?: IpAddressType;
  /**
   * How long a connection of a client is kept for further requests, 60 s to 7 days.
   * @default Duration.hours(1)
   */
  readonly clientKeepAlive?: Duration;
  /**
   * What becomes of requests that servers could read in different ways.
   * @default DesyncMitigationMode.DEFENSIVE
   */
  readonly desyncMitigationMode?: DesyncMitigationMode;
  /**
   * Drops headers that are not valid.
   * @default true
   */
  readonly dropInvalidHeaderFields?: boolean;
  /**
   * Whether clients may speak HTTP/2.
   * @default true
   */
  readonly http2Enabled?: boolean;
  /**
   * Hands targets the header `Host` as the client sent it.
   * @default false
   */
  readonly preserveHostHeader?: boolean;
  /**
   * Adds the client's port to `X-Forwarded-For`.
   * @default false
   */
  readonly preserveXffClientPort?: boolean;
  /**
   * What becomes of an `X-Forwarded-For` that the client sent.
   * @default XffHeaderProcessingMode.APPEND
   */
  readonly xffHeaderProcessingMode?: XffHeaderProcessingMode;
  /**
   * Lets requests through when the web ACL cannot be asked.
   * @default false
   */
  readonly wafFailOpen?: boolean;
  /**
   * Whether it is guarded against deletion.
   * @default - under PRODUCTION
   */
  readonly deletionProtection?: boolean;
  /**
   * Capacity units to keep ready, 100 or more.
   * @default - it grows with the traffic
   */
  readonly minimumCapacityUnit?: number;
}

/** What a LoadBalancer is. */
export interface LoadBalancerProps {
  /**
   * Who reaches it.
   * @default - none; required unless `listener` adopts an existing one
   */
  readonly scheme?: Scheme;
  /**
   * Where it and its targets stand. Internet-facing ones need a public tier.
   * @default - the network of the stack
   */
  readonly network?: INetwork;
  /**
   * Certificates of the names that clients use. With one it serves HTTPS, and what comes over HTTP from the internet is
   * sent there.
   * @default - none: it serves HTTP
   */
  readonly certificates?: ICertificate[];
  /**
   * The name that clients use, one of those in the certificates. Where it points is for your DNS to say.
   * @default - the name that AWS gives it
   */
  readonly domainName?: string;
  /**
   * Serves the internet without a certificate under PRODUCTION too: everybody on the way reads along.
   * @default false
   */
  readonly plaintext?: boolean;
  /**
   * How long a connection may be silent, 1 to 4000 s.
   * @default Duration.seconds(60)
   */
  readonly idleTimeout?: Duration;
  /**
   * Where every request is logged: a bucket with keys that Amazon S3 manages.
   * @default - a bucket of its own under PRODUCTION, nowhere under SANDBOX
   */
  readonly accessLogs?: IBucket;
  /**
   * Logs every connection and its TLS handshake too, beside the requests.
   * @default false
   */
  readonly connectionLogs?: boolean;
  /**
   * Anything else of the inner load balancer, applied last.
   * @default - nothing else
   */
  readonly loadBalancerProps?: LoadBalancerOptions;
  /**
   * An existing listener to adopt. Routes are added to it, each with a priority of its own.
   * @default - a new load balancer
   */
  readonly listener?: IApplicationListener;
}
