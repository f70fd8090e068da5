import { Duration } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { AdmissionControl } from '../../lib/admission-control';
import { ApiGateway, type Authorizer, type Throttle } from '../../lib/api-gateway';
import { Cache } from '../../lib/cache';
import { CacheStrategy, CachingStrategy, StampedeProtection } from '../../lib/cache-strategy';
import { Cdn } from '../../lib/cdn';
import { ChangeDataCapture } from '../../lib/change-data-capture';
import { Access, Handler, type TrafficEstimate } from '../../lib/core';
import { DistributedLock } from '../../lib/distributed-lock';
import { FunctionService } from '../../lib/function-service';
import { Idempotency } from '../../lib/idempotency';
import { KeyValueStore } from '../../lib/key-value-store';
import { Network } from '../../lib/network';
import { FailMode, RateLimiter } from '../../lib/rate-limiter';
import { RelationalDatabase } from '../../lib/relational-database';
import { Saga } from '../../lib/saga';
import { SearchField, SearchIndex } from '../../lib/search-index';
import { WorkQueue } from '../../lib/work-queue';
import type { IBlueprint } from '../blueprint';
import { writesOf } from '../writes-of';

/** What a TicketBooking may be told. */
export interface TicketBookingProps {
  /**
   * For how long seats are held at most. An order begins the time anew, so that nobody takes the seats of who is paying: keep it
   * well above the time that a payment may take. Whole seconds.
   * @default Duration.minutes(10)
   */
  readonly holdFor?: Duration;
  /**
   * How many seats one hold may have, 1 to 100.
   * @default 8
   */
  readonly maxSeatsPerHold?: number;
  /**
   * How many holds one user may ask for in a minute.
   * @default 30
   */
  readonly holdsPerMinute?: number;
  /**
   * How many orders may wait for their payment before further ones are asked to come back later.
   * @default 200
   */
  readonly maxBacklog?: number;
  /**
   * How many batches of up to five orders are paid at once. It bounds the calls to the provider of payments.
   * @default 10
   */
  readonly paymentConcurrency?: number;
  /**
   * Charges and refunds: the step `Charge` of a saga and its undo, in one function, whose code calls your provider of payments.
   * @default - a stand-in that moves no money, and some of whose cards fail as tests need it
   */
  readonly payments?: FunctionService;
  /**
   * Who may hold and order. The subject of the token is then the user that is limited.
   * @default - everybody; users are who they say they are in `x-user-id`
   */
  readonly users?: Authorizer;
  /**
   * Who may write events.
   * @default - everybody
   */
  readonly boxOffice?: Authorizer;
  /**
   * Puts a CDN in front of the API for visitors: it keeps the page of an event for half a minute, and passes everything else
   * through. Events are written through the API itself.
   * @default false
   */
  readonly cdn?: boolean;
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
   * Everything that was ever entered may be deleted with the stack. Honoured under SANDBOX only.
   * @default false
   */
  readonly disposable?: boolean;
}

/** Seats that are found, held for minutes, paid for once, and never sold twice. */
export class TicketBooking extends Construct implements IBlueprint {
  /** The events. */
  public readonly events: KeyValueStore;
  /** What keeps them ready to be read. */
  public readonly cache: Cache;
  /** How they get there and stay true. */
  public readonly eventCache: CacheStrategy;
  /** Seats, holds and orders; under SANDBOX what is searched as well. */
  public readonly database: RelationalDatabase;
  /** What events are found by. */
  public readonly search: SearchIndex;
  /** Who may act on which seats now. */
  public readonly locks: DistributedLock;
  /** How often each user may ask for seats. */
  public readonly limit: RateLimiter;
  /** Orders that were answered already. */
  public readonly idempotency: Idempotency;
  /** Orders that wait for their payment. */
  public readonly orders: WorkQueue;
  /** The door that closes while too many wait. */
  public readonly waitingRoom: AdmissionControl;
  /** Check, charge, confirm; or everything undone. */
  public readonly checkout: Saga;
  /** The front door. */
  public readonly api: ApiGateway;
  /** What visitors come by at the edges; undefined without `cdn`. */
  public readonly cdn?: Cdn;
  /** Searches, shows and writes events. */
  public readonly catalogue: FunctionService;
  /** Holds and orders. */
  public readonly booking: FunctionService;
  /** The steps of the saga around the payment. */
  public readonly seats: FunctionService;
  /** The payment. */
  public readonly payments: FunctionService;
  /** What the stand-in for the provider has charged; undefined with a provider of your own. */
  public readonly paymentRecords?: KeyValueStore;
  /** Takes orders from the queue through the saga. */
  public readonly checkOut: FunctionService;

  constructor(scope: Construct, id: string, props: TicketBookingProps = {}) {
    super(scope, id);
    const { disposable, holdFor = Duration.minutes(10), traffic } = props;
    const network = Network.of(this);

    this.events = new KeyValueStore(this, 'Events', { partitionKey: 'id', traffic, disposable });
    this.cache = new Cache(this, 'Cache', { network, disposable });
    this.eventCache = new CacheStrategy(this, 'EventCache', {
      cache: this.cache,
      store: this.events,
      strategy: CachingStrategy.WRITE_THROUGH,
      stampede: StampedeProtection.LOCK,
      negativeTtl: Duration.seconds(10),
    });
    this.eventCache.invalidateOn(this.events, { versionAttribute: 'version', network });

    this.database = new RelationalDatabase(this, 'Database', { network, traffic, disposable });
    this.search = this.createSearch(network, props);

    this.catalogue = new FunctionService(this, 'Catalogue', { handler: Handler.of('ticket-booking/catalogue'), network });
    this.catalogue.use(this.eventCache, Access.READ_WRITE);
    this.catalogue.use(this.search, Access.READ);

    this.locks = new DistributedLock(this, 'Locks', { disposable });
    this.limit = new RateLimiter(this, 'Limit', {
      requests: props.holdsPerMinute ?? 30, window: Duration.minutes(1), whenUnavailable: FailMode.OPEN,
      traffic: writesOf(traffic), disposable,
    });
    this.idempotency = new Idempotency(this, 'Idempotency', { disposable });
    // A saga may be undone for minutes; until then its order stays here.
    this.orders = new WorkQueue(this, 'Orders', {
      retry: { maxAttempts: 20, maxDelay: Duration.minutes(1) }, traffic: writesOf(traffic), disposable,
    });
    this.waitingRoom = new AdmissionControl(this, 'WaitingRoom', { workQueue: this.orders, maxBacklog: props.maxBacklog ?? 200 });

    this.booking = new FunctionService(this, 'Booking', {
      handler: Handler.of('ticket-booking/booking'),
      network,
      environment: { BOUNDS: JSON.stringify({ maxSeats: props.maxSeatsPerHold ?? 8, maxSeconds: holdFor.toSeconds() }) },
    });
    this.booking.use(this.events, Access.READ);
    this.booking.use(this.database, Access.READ_WRITE);
    this.booking.use(this.locks, Access.WRITE);
    this.booking.use(this.limit, Access.WRITE);
    this.booking.use(this.idempotency, Access.WRITE);
    this.booking.use(this.orders, Access.WRITE);
    this.booking.use(this.waitingRoom, Access.READ);

    this.seats = new FunctionService(this, 'Seats', { handler: Handler.of('ticket-booking/seats'), network });
    this.seats.use(this.database, Access.READ_WRITE);
    this.seats.use(this.locks, Access.WRITE);
    this.payments = props.payments ?? this.createPayments(disposable);
    this.paymentRecords = this.node.tryFindChild('PaymentRecords') as KeyValueStore | undefined;
    this.checkout = new Saga(this, 'Checkout', {
      steps: [
        { name: 'Check', do: this.seats, undo: this.seats },
        { name: 'Charge', do: this.payments, undo: this.payments, retry: { maxAttempts: 2 } },
        { name: 'Confirm', do: this.seats, retry: { maxAttempts: 5 } },
      ],
    });
    this.checkOut = new FunctionService(this, 'CheckOut', { handler: Handler.of('ticket-booking/check-out') });
    this.checkOut.use(this.checkout, Access.READ_WRITE);
    this.orders.consumedBy(this.checkOut, { idempotent: true, batchSize: 5, maxConcurrency: props.paymentConcurrency ?? 10 });

    this.api = this.createApi(props);
    this.cdn = props.cdn ? this.createCdn() : undefined;
  }

  /** The first pattern that matches decides: which seats are left is never kept. */
  private createCdn(): Cdn {
    const origin = this.api;
    return new Cdn(this, 'Cdn', {
      origin, paths: { '/events/*/seats': { origin }, '/events/*': { origin, cache: { ttl: Duration.seconds(30) } } },
    });
  }

  private createSearch(network: Network, { disposable, traffic }: TicketBookingProps): SearchIndex {
    const index = new SearchIndex(this, 'Search', {
      fields: [
        SearchField.text('name', { weight: 4 }), SearchField.text('venue', { weight: 2 }), SearchField.keyword('city'), SearchField.number('cents'),
      ],
      database: this.database,
      network,
      traffic,
      disposable,
    });
    const worker = new FunctionService(this, 'IndexEvents', { handler: Handler.of('ticket-booking/index-events'), network });
    new ChangeDataCapture(this, 'Changes', { source: this.events, worker }).into(index);
    return index;
  }

  /** A stand-in for the provider: the function answers for it, the table is what it remembers. */
  private createPayments(disposable?: boolean): FunctionService {
    const records = new KeyValueStore(this, 'PaymentRecords', { partitionKey: 'key', disposable });
    const payments = new FunctionService(this, 'Payments', { handler: Handler.of('ticket-booking/payments') });
    payments.use(records, Access.READ_WRITE, { name: 'Payments' });
    return payments;
  }

  private createApi({ users, boxOffice, throttle }: TicketBookingProps): ApiGateway {
    const api = new ApiGateway(this, 'Api', { throttle });
    api.route('GET /events', this.catalogue);
    api.route('GET /events/{id}', this.catalogue);
    api.route('PUT /events/{id}', this.catalogue, { authorizer: boxOffice });
    api.route('GET /events/{id}/seats', this.booking);
    api.route('POST /holds', this.booking, { authorizer: users });
    api.route('DELETE /holds/{token}', this.booking, { authorizer: users });
    api.route('POST /orders', this.booking, { authorizer: users });
    api.route('GET /orders/{id}', this.booking, { authorizer: users });
    return api;
  }

  public get outputs() {
    return {
      Url: this.api.url,
      ...this.cdn && { CdnUrl: this.cdn.url },
      EventsTable: this.events.table.tableName,
      OrdersQueue: this.orders.queue.queueUrl,
      OrdersDeadLetterQueue: this.orders.deadLetterQueue.queueUrl,
      CheckOutFunction: this.checkOut.function.functionName,
      PaymentsFunction: this.payments.function.functionName,
      ...this.paymentRecords && { PaymentsTable: this.paymentRecords.table.tableName },
    };
  }
}
