import { type Duration, Names, Tokenization, Validations } from 'aws-cdk-lib';
import type { ITable, TableOptionsV2 } from 'aws-cdk-lib/aws-dynamodb';
import type { Grant, IGrantable } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import type { Cache } from '../cache/index';
import { enforce, refuse } from '../core/rules';
import type { TrafficEstimate } from '../core/traffic-estimate';
import { recordWire } from '../core/wires';
import { Access, environmentName, type IBackingService, type ICompute, type UseOptions } from '../core/wiring';
import { KeyValueStore } from '../key-value-store/index';
import { type FailMode, RateLimitAlgorithm } from './rate-limit';
import { perSecondOf, RATE_LIMITER_RULES } from './rate-limiter-rules';
import { takesOf } from './sizing';

/** What one partition of DynamoDB writes, and so one item (Amazon DynamoDB Developer Guide, "Burst and adaptive capacity"). */
const ITEM_WRITES_PER_SECOND = 1000;

/** What a RateLimiter allows. */
export interface RateLimiterProps {
  /** How many requests of one key a window takes, 1 to 1,000,000; at most 10,000 a second. */
  readonly requests: number;
  /** How long the window is, in whole seconds, 1 s to 30 days. */
  readonly window: Duration;
  /**
   * How many requests of one key may come at once after a time of rest, 1 to 1,000,000. RateLimitAlgorithm.TOKEN_BUCKET only.
   * @default - as many as a window takes
   */
  readonly burst?: number;
  /**
   * How requests are counted.
   * @default RateLimitAlgorithm.TOKEN_BUCKET
   */
  readonly algorithm?: RateLimitAlgorithm;
  /**
   * What happens to requests that cannot be counted, since the table or the cache gives no answer. Either can be wrong, and only
   * who knows what is limited can tell: it must be said.
   */
  readonly whenUnavailable: FailMode;
  /**
   * The requests of all keys together. Ceilings of the table follow from it.
   * @default - not known: no ceilings
   */
  readonly traffic?: TrafficEstimate;
  /**
   * Counts may be deleted with the stack. Honoured under SANDBOX only.
   * @default false
   */
  readonly disposable?: boolean;
  /**
   * Anything else of the inner table, applied last.
   * @default - nothing else
   */
  readonly tableProps?: TableOptionsV2;
  /**
   * An existing table to adopt: partition key `key` (text), time to live `expiresAt`. Nothing is created.
   * @default - a new table
   */
  readonly table?: ITable;
  /**
   * A cache to count in, of Valkey or of Redis OSS 7: one round trip of less than a millisecond, the clock of the server, and
   * forgetful when it fails over or evicts. Nothing is created.
   * @default - a table
   */
  readonly cache?: Cache;
}

/**
 * So many requests in a time for each user, API key or address, however many processes answer them: counts in a DynamoDB table or
 * a Valkey cache, and `RateLimiter` of `cdk-system-blueprints/runtime/rate-limiter` in the code.
 */
export class RateLimiter extends Construct implements IBackingService {
  /** Where it counts; undefined when it counts in a cache. */
  public readonly store?: KeyValueStore;
  /** The cache that it counts in; undefined when it counts in a table. */
  public readonly cache?: Cache;

  private readonly settings: string;

  /** @throws RuleError when the props break a rule of this concept; all of them are named at once */
  constructor(scope: Construct, id: string, props: RateLimiterProps) {
    super(scope, id);
    enforce(this, RATE_LIMITER_RULES, props);
    this.settings = this.settingsOf(props);
    if (props.cache) {
      this.cache = props.cache;
      recordWire(this, props.cache, 'counts in');
      return;
    }
    this.store = this.createStore(props);
    this.node.defaultChild = this.store.node.defaultChild;
    const perSecond = perSecondOf(props) ?? 0;
    if (perSecond > ITEM_WRITES_PER_SECOND) {
      Validations.of(this).addWarning('cdk-system-blueprints:RateLimiter.HotKey',
        `one key may take ${perSecond} requests a second, and an item of DynamoDB about ${ITEM_WRITES_PER_SECOND} writes: count in a cache`);
    }
  }

  /**
   * Lets the code of compute take: `<NAME>_RATE_LIMIT` has the limit, which `rateLimitSettings` reads, and `<NAME>_TABLE_NAME` or
   * `<NAME>_ENDPOINT` and its like the place.
   *
   * @throws RuleError when access is Access.READ: whoever asks counts
   */
  public attach(compute: ICompute, access: Access, options?: UseOptions): void {
    if (access === Access.READ) {
      refuse(this, 'RateLimiter.ReadOnly', `Access.READ for ${compute.node.path}`, 'Access.WRITE or READ_WRITE: whoever asks counts');
    }
    const place: IBackingService = this.cache ?? this.store!;
    place.attach(compute, access, { name: options?.name ?? this.node.id });
    compute.addEnvironment(environmentName(this, 'RATE_LIMIT', options), this.settings);
  }

  /** Lets a principal take. The network path to a cache is another matter: `limiter.cache.connections`. */
  public grantTake(grantee: IGrantable): Grant {
    return this.cache ? this.cache.grantConnect(grantee) : this.store!.grantWrite(grantee);
  }

  private createStore({ table, traffic, disposable, tableProps }: RateLimiterProps): KeyValueStore {
    return new KeyValueStore(this, 'State', table
      ? { table }
      : { partitionKey: 'key', timeToLive: 'expiresAt', traffic: traffic && takesOf(traffic), disposable, tableProps });
  }

  /** The limit, what happens without a backend, and a name that no other limiter in the same table or cache has. */
  private settingsOf(props: RateLimiterProps): string {
    const { algorithm = RateLimitAlgorithm.TOKEN_BUCKET, requests, window, burst = requests, whenUnavailable } = props;
    const numbers = algorithm === RateLimitAlgorithm.TOKEN_BUCKET
      ? [requests, window.toSeconds(), burst]
      : [requests, window.toSeconds()];
    return [algorithm, ...numbers.map((number) => Tokenization.stringifyNumber(number)), whenUnavailable,
      Names.uniqueResourceName(this, { maxLength: 64, separator: '-' })].join();
  }
}
