import { Duration } from 'aws-cdk-lib';
import type { CorsPreflightOptions } from 'aws-cdk-lib/aws-apigatewayv2';
import type { EventSourceMapping } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { ApiGateway, type Throttle, WebSocketGateway } from '../../lib/api-gateway';
import { Access, Handler, type TrafficEstimate } from '../../lib/core';
import { recordWire } from '../../lib/core/wires';
import { EventStream, type IConsumerGroup, type IStreamArchive } from '../../lib/event-stream';
import { FunctionService } from '../../lib/function-service';
import { Idempotency } from '../../lib/idempotency';
import { ObjectStore } from '../../lib/object-store';
import { WindowedAggregate } from '../../lib/windowed-aggregate';
import type { IBlueprint } from '../blueprint';

/** What a RealTimeAnalytics may be told. */
export interface RealTimeAnalyticsProps {
  /**
   * How many requests the API accepts before it answers 429; each may bring 500 events.
   * @default - 500 per second, 1000 at once
   */
  readonly throttle?: Throttle;
  /**
   * Which web pages of other origins may send events from a browser.
   * @default - none
   */
  readonly cors?: CorsPreflightOptions;
  /**
   * How much later than something newer of its shard an event may come and still count.
   * @default Duration.seconds(30)
   */
  readonly allowedLateness?: Duration;
  /**
   * How long events can be replayed, in whole hours.
   * @default Duration.days(7)
   */
  readonly replayable?: Duration;
  /**
   * Which count of the events is shown. Replay into another generation, look at it, then show it.
   * @default '1'
   */
  readonly generation?: string;
  /**
   * Makes the role in which API Gateway writes its logs, once for an account and region that has none.
   * @default false
   */
  readonly accountLogging?: boolean;
  /**
   * What the stream is sized for: every event is a request.
   * @default - on demand
   */
  readonly traffic?: TrafficEstimate;
  /**
   * Events, windows and the archive may be deleted with the stack. Honoured under SANDBOX only.
   * @default false
   */
  readonly disposable?: boolean;
}

/** What happens to posts, counted by the minute while it happens, watched live, archived, and counted again when need be. */
export class RealTimeAnalytics extends Construct implements IBlueprint {
  /** What happened, in order for each post, for two groups of consumers and for replays. */
  public readonly events: EventStream;
  /** Batches that were seen already. */
  public readonly idempotency: Idempotency;
  /** What happened in each minute. */
  public readonly minutes: WindowedAggregate;
  /** Everything that happened, for ever: the second group of consumers. */
  public readonly archive: ObjectStore;
  /** Carries the stream into the archive. */
  public readonly history: IStreamArchive;
  /** The first group of consumers. */
  public readonly dashboard: IConsumerGroup;
  /** The connections of those who watch. */
  public readonly live: WebSocketGateway;
  /** The front door. */
  public readonly api: ApiGateway;
  /** `POST /events`. */
  public readonly ingest: FunctionService;
  /** Counts events. */
  public readonly count: FunctionService;
  /** Tells those who watch. */
  public readonly push: FunctionService;
  /** `GET /series`. */
  public readonly series: FunctionService;
  /** `GET /` and what it needs. */
  public readonly page: FunctionService;
  /** Called by hand: counts the stream again. */
  public readonly replay: FunctionService;

  constructor(scope: Construct, id: string, props: RealTimeAnalyticsProps = {}) {
    super(scope, id);
    const { disposable, traffic, allowedLateness, generation, throttle } = props;
    this.events = new EventStream(this, 'Events', {
      partitionKey: 'post', retention: props.replayable ?? Duration.days(7), traffic, disposable,
    });
    this.minutes = new WindowedAggregate(this, 'Minutes', { window: Duration.minutes(1), allowedLateness, generation, disposable });
    this.archive = new ObjectStore(this, 'Archive', { disposable });
    this.idempotency = new Idempotency(this, 'Idempotency', { disposable });
    this.live = new WebSocketGateway(this, 'Live', { accountLogging: props.accountLogging });

    this.ingest = this.service('Ingest', 'ingest');
    this.ingest.use(this.events, Access.WRITE);
    this.ingest.use(this.idempotency, Access.WRITE);

    this.count = this.service('Count', 'count', Duration.seconds(30));
    this.dashboard = this.minutes.fedBy(this.events, this.count, { idempotent: true, group: 'dashboard', batchSize: 500 });
    this.history = this.events.archiveTo(this.archive.bucket, { prefix: 'events', bufferInterval: Duration.minutes(1) });

    this.push = this.service('Push', 'push');
    this.push.use(this.minutes, Access.READ);
    this.push.use(this.live, Access.WRITE);
    this.minutes.store.consumedBy(this.push, { idempotent: true, batchSize: 500, batchWindow: Duration.seconds(1) });

    this.series = this.service('Series', 'series');
    this.series.use(this.minutes, Access.READ);

    this.page = this.service('Page', 'page');
    this.page.addEnvironment('LIVE_URL', this.live.url);

    this.replay = this.service('Replay', 'replay', Duration.minutes(15));
    this.replay.use(this.minutes, Access.WRITE);
    this.events.stream!.grantRead(this.replay);
    this.replay.addEnvironment('EVENTS_STREAM_ARN', this.events.stream!.streamArn);
    recordWire(this.replay, this.events, 'reads again');

    this.api = new ApiGateway(this, 'Api', { throttle, cors: props.cors });
    this.api.route('POST /events', this.ingest);
    this.api.route('GET /series', this.series);
    this.api.route('GET /', this.page);
    this.api.route('GET /assets/{file}', this.page);
  }

  public get outputs() {
    return {
      // With a slash: the page names its files relative to it.
      Url: `${this.api.url}/`,
      LiveUrl: this.live.url,
      EventsStream: this.events.stream!.streamName,
      ArchiveBucket: this.archive.bucket.bucketName,
      CountFunction: this.count.function.functionName,
      CountLogs: this.count.logGroup!.logGroupName,
      CountMapping: (this.dashboard.reader as EventSourceMapping).eventSourceMappingId,
      FailedBatchesQueue: this.dashboard.deadLetterQueue!.queueUrl,
      ReplayFunction: this.replay.function.functionName,
    };
  }

  private service(id: string, handler: string, timeout?: Duration): FunctionService {
    return new FunctionService(this, id, { handler: Handler.of(`real-time-analytics/${handler}`), timeout });
  }
}
