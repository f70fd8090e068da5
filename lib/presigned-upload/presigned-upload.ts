import { Duration, Size, Validations } from 'aws-cdk-lib';
import type { CfnRoute, HttpRoute } from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpMethods } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import type { ApiGateway, RouteOptions } from '../api-gateway/index';
import { Handler } from '../core/handler';
import { enforce, refuse } from '../core/rules';
import { Access, type IBackingService, type ICompute, reads, type UseOptions, writes } from '../core/wiring';
import type { FanOut } from '../fan-out/index';
import { FunctionService } from '../function-service/index';
import { KeyValueStore } from '../key-value-store/index';
import { ObjectEvent, ObjectStore } from '../object-store/index';
import { WorkQueue } from '../work-queue/index';
import type { PresignedUploadProps } from './presigned-upload-props';
import { PRESIGNED_UPLOAD_RULES } from './presigned-upload-rules';

/** The name under which its own functions find the table and the bucket. */
const OWN = { name: 'UPLOADS' };
const DAY = 24 * 60 * 60;

/**
 * Uploads straight from clients into a bucket, by URLs that are signed for one object each, and what becomes of them:
 * PENDING, UPLOADED, READY, FAILED or EXPIRED. Large objects come in parts, and go on where they were interrupted. The code
 * that processes uploads marks them with `UploadStates` of `cdk-system-blueprints/runtime/presigned-upload`.
 */
export class PresignedUpload extends Construct implements IBackingService {
  /** Where objects are kept. */
  public readonly objects: ObjectStore;
  /** Where uploads are kept, by `id`. */
  public readonly uploads: KeyValueStore;
  /** Announces uploads and signs URLs; they are good for what its role may do. */
  public readonly signer: FunctionService;
  /** What S3 tells of new objects, on its way to the keeper. */
  public readonly events: WorkQueue;
  /** Notes which objects have arrived, and hands them on. */
  public readonly keeper: FunctionService;

  private handedTo?: IBackingService;

  /** @throws RuleError when the props break a rule of this concept; all of them are named at once */
  constructor(scope: Construct, id: string, props: PresignedUploadProps = {}) {
    super(scope, id);
    enforce(this, PRESIGNED_UPLOAD_RULES, props);
    const { prefix = 'uploads/', disposable, table } = props;
    const within = props.uploadWithin?.toSeconds() ?? DAY;
    this.objects = props.objectStore ?? this.createObjects(props, within);
    this.uploads = new KeyValueStore(this, 'Uploads', table ? { table } : { partitionKey: 'id', timeToLive: 'purgeAt', disposable });
    this.node.defaultChild = (props.objectStore ? this.uploads : this.objects).node.defaultChild;

    const settings = {
      contentTypes: props.contentTypes,
      maxBytes: (props.maxSize ?? Size.gibibytes(1)).toBytes(),
      partBytes: (props.partSize ?? Size.mebibytes(100)).toBytes(),
      urlSeconds: Math.min(within, props.urlTtl?.toSeconds() ?? 15 * 60),
      withinSeconds: within,
      prefix,
    };
    this.signer = new FunctionService(this, 'Signer', {
      handler: Handler.of('runtime/presigned-upload'), environment: { UPLOAD_SETTINGS: JSON.stringify(settings) },
    });
    this.signer.use(this.uploads, Access.READ_WRITE, OWN);
    this.signer.use(this.objects, Access.WRITE, OWN);

    this.keeper = new FunctionService(this, 'Keeper', { handler: Handler.of('runtime/upload-events') });
    this.keeper.use(this.uploads, Access.READ_WRITE, OWN);
    // It deletes objects that nobody waits for.
    this.keeper.use(this.objects, Access.WRITE, OWN);
    this.events = new WorkQueue(this, 'Events', { disposable });
    this.objects.on(ObjectEvent.CREATED, this.events, { prefix });
    this.events.consumedBy(this.keeper, { idempotent: true });
  }

  /**
   * Lets compute look at uploads and read their objects (`Access.READ`), and mark them as READY or FAILED (`Access.WRITE`). It
   * finds them in `<NAME>_TABLE_NAME`, and with `Access.READ` the objects in `<NAME>_BUCKET_NAME`.
   */
  public attach(compute: ICompute, access: Access, options: UseOptions = {}): void {
    const named = { name: options.name ?? this.node.id };
    // Whoever marks an upload reads what it is, when that cannot be done.
    this.uploads.attach(compute, writes(access) ? Access.READ_WRITE : Access.READ, named);
    if (reads(access)) {
      this.objects.attach(compute, Access.READ, named);
    }
  }

  /**
   * Hands every upload on when its object has arrived, at least once: as JSON with `id`, `owner`, `bucket`, `key`, `size`,
   * `contentType`, `name` and `sha256`.
   *
   * @param target a WorkQueue, or a FanOut where several process uploads
   * @throws RuleError when uploads are handed to something already, or the target is an ordered FanOut
   */
  public handTo(target: IBackingService): void {
    if (this.handedTo) {
      refuse(this, 'PresignedUpload.HandedTwice', `${target.node.path} beside ${this.handedTo.node.path}`, 'one target; a FanOut for several');
    }
    if ('topic' in target && (target as FanOut).ordered) {
      refuse(this, 'PresignedUpload.OrderedFanOut', `the ordered ${target.node.path}`, 'a FanOut without orderBy: uploads have no order');
    }
    this.handedTo = target;
    this.keeper.use(target, Access.WRITE, { name: 'NEXT' });
  }

  /**
   * Adds the routes by which clients upload: `POST /uploads`, `GET` and `DELETE /uploads/{uploadId}`,
   * `POST /uploads/{uploadId}/parts` and `POST /uploads/{uploadId}/complete`. With a JWT authorizer an upload belongs to the
   * subject of the token, and nobody else finds it.
   *
   * @param path what they begin with, default `/uploads`
   * @throws RuleError when a route is malformed or taken
   */
  public route(api: ApiGateway, path: string = '/uploads', options?: RouteOptions): HttpRoute[] {
    const upload = `${path}/{uploadId}`;
    const routes = [`POST ${path}`, `GET ${upload}`, `DELETE ${upload}`, `POST ${upload}/parts`, `POST ${upload}/complete`]
      .map((route) => api.route(route, this.signer, options));
    if (routes.some(({ node }) => (node.defaultChild as CfnRoute).authorizationType === 'NONE')) {
      Validations.of(this).addWarning('cdk-system-blueprints:PresignedUpload.Public',
        `anybody may upload to ${this.node.path} by ${path}: its routes have no authorizer`);
    }
    return routes;
  }

  private createObjects({ corsOrigins, tiering, disposable }: PresignedUploadProps, within: number): ObjectStore {
    return new ObjectStore(this, 'Objects', {
      abortUploadsAfter: Duration.days(Math.ceil(within / DAY)),
      cors: corsOrigins && [{
        allowedOrigins: corsOrigins,
        allowedMethods: [HttpMethods.PUT],
        allowedHeaders: ['content-type', 'if-none-match', 'x-amz-checksum-sha256'],
        exposedHeaders: ['ETag'],
        maxAge: Duration.hours(1).toSeconds(),
      }],
      tiering,
      disposable,
    });
  }
}
