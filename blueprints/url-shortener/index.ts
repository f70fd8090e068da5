import { Duration } from 'aws-cdk-lib';
import type { CorsPreflightOptions } from 'aws-cdk-lib/aws-apigatewayv2';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { ApiGateway, type Throttle } from '../../lib/api-gateway';
import { Access, Handler, type INetwork, type TrafficEstimate } from '../../lib/core';
import { FunctionService } from '../../lib/function-service';
import { Idempotency } from '../../lib/idempotency';
import { KeyValueStore } from '../../lib/key-value-store';
import { type RetryPolicy, WorkQueue } from '../../lib/work-queue';
import type { IBlueprint } from '../blueprint';
import { linkTraffic } from './link-traffic';

/** What a UrlShortener may be told. */
export interface UrlShortenerProps {
  /**
   * How many requests the API accepts before it answers 429.
   * @default - 500 per second, 1000 at once
   */
  readonly throttle?: Throttle;
  /**
   * Which web pages of other origins may create links from a browser.
   * @default - none
   */
  readonly cors?: CorsPreflightOptions;
  /**
   * The address under which users see the shortener, when it is not the API's own: `https://sho.rt`.
   * @default - the address of the API
   */
  readonly publicBaseUrl?: string;
  /**
   * How a click that cannot be counted is retried before it is set aside.
   * @default - 5 attempts, exponential backoff from 1 s to 15 min with full jitter
   */
  readonly clickRetry?: RetryPolicy;
  /**
   * The most batches of clicks counted at once. It bounds the write load of counting on the store.
   * @default 5
   */
  readonly clickConcurrency?: number;
  /**
   * The network that the functions run in, where a policy asks for one. Nothing of the shortener needs it.
   * @default - outside any network
   */
  readonly network?: INetwork;
  /**
   * An existing queue for clicks, with its dead letters in `clicksDeadLetterQueue`.
   * @default - a new queue
   */
  readonly clicksQueue?: IQueue;
  /**
   * The dead-letter queue of the existing queue.
   * @default - a new queue
   */
  readonly clicksDeadLetterQueue?: IQueue;
  /**
   * What the parts are sized for.
   * @default - each part has its own default size
   */
  readonly traffic?: TrafficEstimate;
  /**
   * Links and clicks may be deleted with the stack. Honoured under SANDBOX only.
   * @default false
   */
  readonly disposable?: boolean;
}

/** Short links that redirect, expire and count every click exactly once. */
export class UrlShortener extends Construct implements IBlueprint {
  /** Slug to URL, and how often it was clicked. */
  public readonly links: KeyValueStore;
  /** Requests and clicks that were seen already. */
  public readonly idempotency: Idempotency;
  /** Clicks on their way to the counter. */
  public readonly clicks: WorkQueue;
  /** The front door. */
  public readonly api: ApiGateway;
  /** `POST /links`. */
  public readonly createLink: FunctionService;
  /** `GET /{slug}`. */
  public readonly redirect: FunctionService;
  /** `GET /links/{slug}/stats`. */
  public readonly linkStats: FunctionService;
  /** Counts clicks from the queue. */
  public readonly countClick: FunctionService;

  constructor(scope: Construct, id: string, props: UrlShortenerProps = {}) {
    super(scope, id);
    const { disposable, network, traffic } = props;
    this.links = new KeyValueStore(this, 'Links', { partitionKey: 'slug', timeToLive: 'expiresAt', traffic: linkTraffic(traffic), disposable });
    this.idempotency = new Idempotency(this, 'Idempotency', { disposable });
    this.clicks = new WorkQueue(this, 'Clicks', {
      retry: props.clickRetry,
      traffic: traffic?.withoutDeadline(),
      ...props.clicksQueue ? { queue: props.clicksQueue, deadLetterQueue: props.clicksDeadLetterQueue } : { disposable },
    });

    this.createLink = new FunctionService(this, 'CreateLink', { handler: Handler.of('url-shortener/create-link'), network });
    if (props.publicBaseUrl) {
      this.createLink.addEnvironment('PUBLIC_BASE_URL', props.publicBaseUrl);
    }
    this.createLink.use(this.links, Access.WRITE);
    this.createLink.use(this.idempotency, Access.WRITE);

    this.redirect = new FunctionService(this, 'Redirect', { handler: Handler.of('url-shortener/redirect'), network });
    this.redirect.use(this.links, Access.READ);
    this.redirect.use(this.clicks, Access.WRITE);

    this.linkStats = new FunctionService(this, 'LinkStats', { handler: Handler.of('url-shortener/link-stats'), network });
    this.linkStats.use(this.links, Access.READ);

    // A batch is ten small transactions. After a crash its clicks come back six timeouts later, so the timeout is short.
    this.countClick = new FunctionService(this, 'CountClick', {
      handler: Handler.of('url-shortener/count-click'), network, timeout: Duration.seconds(3),
    });
    this.countClick.use(this.links, Access.WRITE);
    this.countClick.use(this.idempotency, Access.WRITE);
    this.clicks.consumedBy(this.countClick, { idempotent: true, maxConcurrency: props.clickConcurrency ?? 5 });

    this.api = new ApiGateway(this, 'Api', { throttle: props.throttle, cors: props.cors });
    this.api.route('POST /links', this.createLink);
    this.api.route('GET /{slug}', this.redirect);
    this.api.route('GET /links/{slug}/stats', this.linkStats);
  }

  public get outputs() {
    return {
      Url: this.api.url,
      LinksTable: this.links.table.tableName,
      ClicksQueue: this.clicks.queue.queueUrl,
      ClicksDeadLetterQueue: this.clicks.deadLetterQueue.queueUrl,
      ClicksDeadLetterQueueArn: this.clicks.deadLetterQueue.queueArn,
      CountClickFunction: this.countClick.function.functionName,
      CountClickLogs: this.countClick.logGroup!.logGroupName,
    };
  }
}
