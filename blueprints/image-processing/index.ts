import { Duration } from 'aws-cdk-lib';
import type { CorsPreflightOptions } from 'aws-cdk-lib/aws-apigatewayv2';
import { type CorsRule, HttpMethods } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { ApiGateway, type Throttle } from '../../lib/api-gateway';
import { Access, Handler, type TrafficEstimate } from '../../lib/core';
import { FunctionService } from '../../lib/function-service';
import { JobStatus } from '../../lib/job-status';
import { ObjectEvent, ObjectStore } from '../../lib/object-store';
import { type RetryPolicy, WorkQueue } from '../../lib/work-queue';
import type { IBlueprint } from '../blueprint';
import { writesOf } from '../writes-of';

/** One vCPU, which is what decoding takes. */
const ONE_CPU_MEBIBYTES = 1769;

/** What an ImageProcessing may be told. */
export interface ImageProcessingProps {
  /**
   * How many requests the API accepts before it answers 429.
   * @default - 500 per second, 1000 at once
   */
  readonly throttle?: Throttle;
  /**
   * Which web pages of other origins may announce and upload images from a browser.
   * @default - none
   */
  readonly cors?: CorsPreflightOptions;
  /**
   * How an image that fails for no fault of its own is tried again before it is set aside.
   * @default - 5 attempts, exponential backoff from 1 s to 15 min with full jitter
   */
  readonly retry?: RetryPolicy;
  /**
   * The most images worked on at once, 2 to 1000.
   * @default - what the traffic asks for, else 10
   */
  readonly concurrency?: number;
  /**
   * How long one image may take, 1 s to 15 min. After a crash it comes back six times as long later.
   * @default Duration.seconds(5)
   */
  readonly timeout?: Duration;
  /**
   * When originals are deleted, in whole days after their upload.
   * @default - never
   */
  readonly originalsExpireAfter?: Duration;
  /**
   * What the parts are sized for.
   * @default - each part has its own default size
   */
  readonly traffic?: TrafficEstimate;
  /**
   * Images and jobs may be deleted with the stack, once the buckets are empty. Honoured under SANDBOX only.
   * @default false
   */
  readonly disposable?: boolean;
}

/** Thumbnails of uploaded images, made in the background, with the state of every job. */
export class ImageProcessing extends Construct implements IBlueprint {
  /** The originals, each under the id of its job. */
  public readonly uploads: ObjectStore;
  /** What was made of them: `<job>/<size>.webp`. */
  public readonly thumbnails: ObjectStore;
  /** How every job stands. */
  public readonly jobs: JobStatus;
  /** Uploads that wait for a worker. */
  public readonly work: WorkQueue;
  /** The front door. */
  public readonly api: ApiGateway;
  /** `POST /images`. */
  public readonly announceImage: FunctionService;
  /** Makes thumbnails. */
  public readonly processImage: FunctionService;
  /** `GET /images/{id}/{size}`. */
  public readonly showThumbnail: FunctionService;

  constructor(scope: Construct, id: string, props: ImageProcessingProps = {}) {
    super(scope, id);
    const { disposable, traffic } = props;
    this.uploads = new ObjectStore(this, 'Uploads', { expireAfter: props.originalsExpireAfter, cors: uploadsFrom(props.cors), disposable });
    this.thumbnails = new ObjectStore(this, 'Thumbnails', { disposable });
    this.jobs = new JobStatus(this, 'Jobs', { traffic, disposable });
    this.work = new WorkQueue(this, 'Work', { retry: props.retry, traffic: writesOf(traffic), disposable });

    this.announceImage = new FunctionService(this, 'AnnounceImage', { handler: Handler.of('image-processing/announce-image') });
    this.announceImage.use(this.jobs, Access.WRITE);
    this.announceImage.use(this.uploads, Access.WRITE);
    this.uploads.on(ObjectEvent.CREATED, this.work);

    this.processImage = new FunctionService(this, 'ProcessImage', {
      handler: Handler.of('image-processing/process-image'), memorySize: ONE_CPU_MEBIBYTES, timeout: props.timeout ?? Duration.seconds(5),
    });
    this.processImage.use(this.uploads, Access.READ);
    this.processImage.use(this.thumbnails, Access.WRITE);
    this.processImage.use(this.jobs, Access.WRITE);
    // One at a time: time and memory of an invocation are then those of one image, and one that crashes takes no other with it.
    this.work.consumedBy(this.processImage, {
      idempotent: true, batchSize: 1, maxConcurrency: props.concurrency, timePerMessage: Duration.millis(300),
    });

    this.showThumbnail = new FunctionService(this, 'ShowThumbnail', { handler: Handler.of('image-processing/show-thumbnail') });
    this.showThumbnail.use(this.thumbnails, Access.READ);

    this.api = new ApiGateway(this, 'Api', { throttle: props.throttle, cors: props.cors });
    this.api.route('POST /images', this.announceImage);
    this.api.route('GET /images/{id}/{size}', this.showThumbnail);
    this.jobs.route(this.api);
  }

  public get outputs() {
    return {
      Url: this.api.url,
      JobsTable: this.jobs.table.tableName,
      UploadsBucket: this.uploads.bucket.bucketName,
      ThumbnailsBucket: this.thumbnails.bucket.bucketName,
      WorkQueue: this.work.queue.queueUrl,
      WorkDeadLetterQueue: this.work.deadLetterQueue.queueUrl,
      WorkDeadLetterQueueArn: this.work.deadLetterQueue.queueArn,
      ProcessImageFunction: this.processImage.function.functionName,
      ProcessImageLogs: this.processImage.logGroup!.logGroupName,
    };
  }
}

/** What a browser asks S3 for before it uploads. */
function uploadsFrom(cors: CorsPreflightOptions | undefined): CorsRule[] | undefined {
  return cors?.allowOrigins && [{
    allowedMethods: [HttpMethods.PUT], allowedOrigins: cors.allowOrigins, allowedHeaders: ['content-type', 'if-none-match'], maxAge: 3600,
  }];
}
