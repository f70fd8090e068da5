import { Duration, type Size } from 'aws-cdk-lib';
import { CorsHttpMethod } from 'aws-cdk-lib/aws-apigatewayv2';
import { Construct } from 'constructs';
import { ApiGateway, type Throttle } from '../../lib/api-gateway';
import { Cdn } from '../../lib/cdn';
import { Access, Handler, type TrafficEstimate } from '../../lib/core';
import { FanOut } from '../../lib/fan-out';
import { FunctionService } from '../../lib/function-service';
import { IdentityProvider } from '../../lib/identity-provider';
import { KeyValueStore } from '../../lib/key-value-store';
import { ObjectStore } from '../../lib/object-store';
import { PresignedUpload } from '../../lib/presigned-upload';
import { SecretStore } from '../../lib/secret-store';
import { WorkQueue } from '../../lib/work-queue';
import type { IBlueprint } from '../blueprint';
import { writesOf } from '../writes-of';
import { MEDIA_TYPES } from './domain/media-kind';

const METHODS = [CorsHttpMethod.GET, CorsHttpMethod.POST, CorsHttpMethod.DELETE];

/** What a MediaSharing may be told. */
export interface MediaSharingProps {
  /**
   * The public key, in PEM, that downloads are signed for: RSA of 2048 bits. Its private half is put into the secret after the
   * first deployment, and nowhere else.
   * @default - no Cdn: downloads come straight from the bucket, by URLs that are signed for it
   */
  readonly signingKey?: string;
  /**
   * Web pages that may upload from a browser and call the API: `https://www.example.com`.
   * @default - none
   */
  readonly webOrigins?: string[];
  /**
   * The largest image or video, up to 5 GiB.
   * @default Size.gibibytes(1)
   */
  readonly maxSize?: Size;
  /**
   * The size of a part; what is larger is uploaded in parts.
   * @default Size.mebibytes(100)
   */
  readonly partSize?: Size;
  /**
   * How long processing of one object may take. After a crash it is tried again six times as much later.
   * @default Duration.minutes(5)
   */
  readonly processingTimeout?: Duration;
  /**
   * Whether users may sign in by sending their password, as tests do, besides the SRP protocol.
   * @default false
   */
  readonly passwordSignIn?: boolean;
  /**
   * How many requests the API accepts before it answers 429.
   * @default - 500 per second, 1000 at once
   */
  readonly throttle?: Throttle;
  /**
   * What the parts are sized for.
   * @default - each part has its own default size
   */
  readonly traffic?: TrafficEstimate;
  /**
   * Users, media and messages may be deleted with the stack, buckets once they are empty. Honoured under SANDBOX only.
   * @default false
   */
  readonly disposable?: boolean;
}

/** Images and videos that users upload straight into a bucket, and download through a CDN by signed URLs. */
export class MediaSharing extends Construct implements IBlueprint {
  /** Who uses it. */
  public readonly accounts: IdentityProvider;
  /** What was uploaded, as it came. */
  public readonly uploads: PresignedUpload;
  /** Uploads on their way to the publisher. */
  public readonly processing: WorkQueue;
  /** Looks at uploads and publishes them. */
  public readonly processUpload: FunctionService;
  /** What is served. */
  public readonly published: ObjectStore;
  /** What is shared, by whom. */
  public readonly media: KeyValueStore;
  /** Tells that something can be seen. */
  public readonly ready: FanOut;
  /** What was published, on its way into feeds. */
  public readonly notifications: WorkQueue;
  /** Videos that were published, on their way to the moderators. */
  public readonly reviews: WorkQueue;
  /** What happened, user by user. */
  public readonly feed: KeyValueStore;
  /** Notes in the feed of the owner what can be seen. */
  public readonly notify: FunctionService;
  /** Notes in the feed of the owner what will be reviewed. */
  public readonly review: FunctionService;
  /** `GET /media`, `GET /media/{mediaId}` and `GET /feed`. */
  public readonly library: FunctionService;
  /** The private half of the signing key; undefined without a Cdn. */
  public readonly signingKey?: SecretStore;
  /** Copies near the visitors; undefined without a signing key. */
  public readonly cdn?: Cdn;
  /** The front door. */
  public readonly api: ApiGateway;

  constructor(scope: Construct, id: string, props: MediaSharingProps = {}) {
    super(scope, id);
    const { disposable, traffic, webOrigins } = props;
    this.accounts = new IdentityProvider(this, 'Accounts', {
      selfSignUp: true, client: { passwordSignIn: props.passwordSignIn }, disposable,
    });

    this.uploads = new PresignedUpload(this, 'Uploads', {
      contentTypes: MEDIA_TYPES,
      maxSize: props.maxSize,
      partSize: props.partSize,
      corsOrigins: webOrigins,
      // Originals are read once, when they are published, and kept in case that they must be published again.
      tiering: { coldAfter: Duration.days(30), archiveAfter: Duration.days(90) },
      disposable,
    });
    this.processing = new WorkQueue(this, 'Processing', { traffic: writesOf(traffic), disposable });
    this.uploads.handTo(this.processing);

    this.published = new ObjectStore(this, 'Published', { disposable });
    this.media = new KeyValueStore(this, 'Media', {
      partitionKey: 'id',
      accessPatterns: [{ name: 'byOwner', partitionKey: 'owner', sortKey: 'publishedAt' }],
      traffic,
      disposable,
    });
    this.ready = new FanOut(this, 'Ready', { disposable });
    this.processUpload = new FunctionService(this, 'ProcessUpload', {
      handler: Handler.of('media-sharing/process-upload'),
      timeout: props.processingTimeout ?? Duration.minutes(5),
      // Reading and hashing take bandwidth and CPU, which grow with memory.
      memorySize: 1769,
    });
    this.processUpload.use(this.uploads, Access.READ_WRITE);
    this.processUpload.use(this.published, Access.WRITE);
    this.processUpload.use(this.media, Access.READ_WRITE);
    this.processUpload.use(this.ready, Access.WRITE);
    this.processing.consumedBy(this.processUpload, { idempotent: true, batchSize: 1 });

    this.feed = new KeyValueStore(this, 'Feed', { partitionKey: 'owner', sortKey: 'entry', disposable });
    this.notifications = new WorkQueue(this, 'Notifications', { disposable });
    this.ready.subscribe(this.notifications);
    this.notify = this.follow('Notify', this.notifications, 'ready');
    this.reviews = new WorkQueue(this, 'Reviews', { disposable });
    this.ready.subscribe(this.reviews, { filter: { kind: ['video'] } });
    this.review = this.follow('Review', this.reviews, 'review');

    this.library = new FunctionService(this, 'Library', { handler: Handler.of('media-sharing/library') });
    this.library.use(this.media, Access.READ);
    this.library.use(this.feed, Access.READ);
    if (props.signingKey === undefined) {
      this.library.use(this.published, Access.READ);
    } else {
      this.signingKey = new SecretStore(this, 'SigningKey', {
        description: 'The private key that signs downloads, in PEM: put it here yourself', disposable,
      });
      this.cdn = new Cdn(this, 'Cdn', { origin: this.published, signedUrls: { publicKeys: [props.signingKey] } });
      this.library.use(this.signingKey, Access.READ);
      this.library.use(this.cdn, Access.READ);
    }

    this.api = new ApiGateway(this, 'Api', {
      throttle: props.throttle,
      defaultAuthorizer: this.accounts.authorizer(),
      cors: webOrigins && { allowOrigins: webOrigins, allowHeaders: ['authorization', 'content-type'], allowMethods: METHODS },
    });
    this.uploads.route(this.api);
    this.api.route('GET /media', this.library);
    this.api.route('GET /media/{mediaId}', this.library);
    this.api.route('GET /feed', this.library);
  }

  public get outputs() {
    return {
      Url: this.api.url,
      UserPool: this.accounts.userPool.userPoolId,
      Client: this.accounts.client.userPoolClientId,
      UploadsTable: this.uploads.uploads.table.tableName,
      OriginalsBucket: this.uploads.objects.bucket.bucketName,
      PublishedBucket: this.published.bucket.bucketName,
      EventsQueue: this.uploads.events.queue.queueUrl,
      KeeperLogs: this.uploads.keeper.logGroup!.logGroupName,
      ProcessingQueue: this.processing.queue.queueUrl,
      ProcessingDeadLetterQueue: this.processing.deadLetterQueue.queueUrl,
      ProcessFunction: this.processUpload.function.functionName,
      ProcessLogs: this.processUpload.logGroup!.logGroupName,
      ReadyTopic: this.ready.topic.topicArn,
      NotifyLogs: this.notify.logGroup!.logGroupName,
      ReviewLogs: this.review.logGroup!.logGroupName,
      ...this.cdn && { CdnUrl: this.cdn.url, SigningKeySecret: this.signingKey!.secret.secretArn },
    };
  }

  private follow(id: string, queue: WorkQueue, event: string): FunctionService {
    const follower = new FunctionService(this, id, {
      handler: Handler.of('media-sharing/follow-media'), environment: { FEED_EVENT: event },
    });
    follower.use(this.feed, Access.WRITE);
    queue.consumedBy(follower, { idempotent: true, name: 'TOLD' });
    return follower;
  }
}
