import { Duration } from 'aws-cdk-lib';
import type { ICertificate } from 'aws-cdk-lib/aws-certificatemanager';
import type { ErrorResponse } from 'aws-cdk-lib/aws-cloudfront';
import type { ContainerImage } from 'aws-cdk-lib/aws-ecs';
import { Construct } from 'constructs';
import { Cache } from '../../lib/cache';
import { Cdn } from '../../lib/cdn';
import { ContainerService, TaskSize } from '../../lib/container-service';
import { Access, type TrafficEstimate } from '../../lib/core';
import { enforce } from '../../lib/core/rules';
import { LoadBalancer, Scheme } from '../../lib/load-balancer';
import { type Egress, Network } from '../../lib/network';
import { ObjectStore } from '../../lib/object-store';
import { RelationalDatabase } from '../../lib/relational-database';
import { SessionStore } from '../../lib/session-store';
import { SharedFileSystem } from '../../lib/shared-file-system';
import type { IBlueprint } from '../blueprint';
import { DeployRole, type Pipeline } from './deploy-role';
import { shippedImage } from './image';
import { THREE_TIER_WEB_APP_RULES } from './rules';

/** What a ThreeTierWebApp may be told. */
export interface ThreeTierWebAppProps {
  /**
   * The image of the web tier, for ARM64: it listens on port 8080, answers `GET /healthz`, and ends within 30 s of SIGTERM.
   * @default - the program of this package, built with Docker when it is deployed
   */
  readonly image?: ContainerImage;
  /**
   * How many nodes the web tier has at least. It grows to three times as many.
   * @default 3
   */
  readonly nodes?: number;
  /**
   * How many readers stand beside the primary of the database.
   * @default - 0 under SANDBOX, 1 under PRODUCTION
   */
  readonly readers?: number;
  /**
   * Puts a pool in front of the database, Amazon RDS Proxy, for more nodes than the database has connections.
   * @default false
   */
  readonly pool?: boolean;
  /**
   * The certificate of the name that users come by. With it the load balancer serves HTTPS.
   * @default - none: HTTPS by the CDN's own name with `cdn`, else HTTP, which PRODUCTION refuses without `plaintext`
   */
  readonly certificate?: ICertificate;
  /**
   * The name that users come by, one of those in the certificate.
   * @default - the name of the load balancer
   */
  readonly domainName?: string;
  /**
   * Puts a CDN in front of the load balancer: what is below `/static/` is answered at the edges, everything else passes through.
   * With `certificate` and `domainName` the CDN reaches the load balancer by that name, over HTTPS. Without them nothing but the
   * CDN has an address in the internet: it reaches the load balancer inside the network, and users come over HTTPS by its name.
   * @default false
   */
  readonly cdn?: boolean;
  /**
   * Serves users without a certificate under PRODUCTION too: everybody on the way reads along, cookies included. Not with `cdn`.
   * @default false
   */
  readonly plaintext?: boolean;
  /**
   * Keeps media as files that all nodes see, on Amazon EFS, in the place of a bucket: for software that wants files. It costs
   * more than ten times as much per GB. What has been uploaded is not moved when this is changed.
   * @default false
   */
  readonly sharedFiles?: boolean;
  /**
   * How the web tier reaches what lies outside.
   * @default Egress.ENDPOINTS
   */
  readonly egress?: Egress;
  /**
   * A role that GitHub deploys with, for pushes to one branch of one repository.
   * @default - none
   */
  readonly pipeline?: Pipeline;
  /**
   * What the parts are sized for.
   * @default - each part has its own default size
   */
  readonly traffic?: TrafficEstimate;
  /**
   * Data may be deleted with the stack. Honoured under SANDBOX only.
   * @default false
   */
  readonly disposable?: boolean;
}

/**
 * CloudFront keeps an error for 10 s otherwise, even where it keeps no answers: a 503 would outlast its cause, and the 404 of a
 * stranger would be the answer for the owner.
 */
const ERRORS_ARE_NOT_KEPT: ErrorResponse[] = [404, 414, 500, 501, 502, 503, 504].map((httpStatus) =>
  ({ httpStatus, ttl: Duration.seconds(0) }));

/** The classic: a load balancer, nodes that keep nothing, and data behind them in a database, a cache and a bucket or files. */
export class ThreeTierWebApp extends Construct implements IBlueprint {
  /** Where all of it stands: at most the load balancer has an address in the internet. */
  public readonly network: Network;
  /** The front door. */
  public readonly loadBalancer: LoadBalancer;
  /** What answers for it at the edges; undefined without `cdn`. */
  public readonly cdn?: Cdn;
  /** The web tier. */
  public readonly web: ContainerService;
  /** Users and notes. */
  public readonly database: RelationalDatabase;
  /** Where sessions are kept. */
  public readonly cache: Cache;
  /** Who has signed in, on whatever node. */
  public readonly sessions: SessionStore;
  /** What users upload; undefined with `sharedFiles`. */
  public readonly media?: ObjectStore;
  /** What users upload, as files below `MEDIA_PATH` of every node; undefined without `sharedFiles`. */
  public readonly files?: SharedFileSystem;
  /** What GitHub deploys with; undefined without `pipeline`. */
  public readonly deployRole?: DeployRole;

  /** @throws RuleError when the props make no sense together */
  constructor(scope: Construct, id: string, props: ThreeTierWebAppProps = {}) {
    super(scope, id);
    enforce(this, THREE_TIER_WEB_APP_RULES, props);
    const { disposable, traffic, certificate, domainName, cdn = false, nodes = 3 } = props;
    // Behind a CDN the public tier may stand empty: CloudFront asks for an internet gateway, and sends nothing through it.
    this.network = new Network(this, 'Network', { publicTier: true, egress: props.egress });
    const { network } = this;

    this.database = new RelationalDatabase(this, 'Database', { network, readers: props.readers, pool: props.pool, traffic, disposable });
    this.cache = new Cache(this, 'Cache', { network, disposable });
    this.sessions = new SessionStore(this, 'Sessions', { cache: this.cache, disposable });
    if (props.sharedFiles) {
      this.files = new SharedFileSystem(this, 'Media', { network, disposable });
    } else {
      this.media = new ObjectStore(this, 'Media', { disposable });
    }

    this.web = new ContainerService(this, 'Web', {
      image: props.image ?? shippedImage(),
      port: 8080,
      size: TaskSize.SMALL,
      scaling: { min: nodes, max: nodes * 3 },
      health: { path: '/healthz' },
      environment: { SECURE_COOKIES: String(cdn || certificate !== undefined) },
      network,
    });
    this.web.use(this.database, Access.READ_WRITE);
    this.web.use(this.sessions, Access.READ_WRITE);
    this.web.use((this.files ?? this.media)!, Access.READ_WRITE);

    this.loadBalancer = new LoadBalancer(this, 'LoadBalancer', {
      scheme: cdn && !certificate ? Scheme.INTERNAL : Scheme.INTERNET_FACING, network, domainName, plaintext: props.plaintext,
      certificates: certificate && [certificate],
    });
    this.loadBalancer.defaultRoute(this.web);
    if (cdn) {
      // The names of static files carry a hash of their content, and the program says how long each may be kept.
      const kept = { origin: this.loadBalancer, cache: { ttl: Duration.days(365) } };
      this.cdn = new Cdn(this, 'Cdn', {
        origin: this.loadBalancer, paths: { '/static/*': kept }, distributionProps: { errorResponses: ERRORS_ARE_NOT_KEPT },
      });
    }
    this.deployRole = props.pipeline && new DeployRole(this, 'DeployRole', props.pipeline);
  }

  public get outputs() {
    return {
      Url: (this.cdn ?? this.loadBalancer).url,
      ...this.media && { MediaBucket: this.media.bucket.bucketName },
      ...this.files && { MediaFileSystem: this.files.fileSystem.fileSystemId },
      ...this.deployRole && { DeployRoleArn: this.deployRole.role.roleArn },
    };
  }
}
