import { Duration } from 'aws-cdk-lib';
import type { ITable, TableOptionsV2 } from 'aws-cdk-lib/aws-dynamodb';
import { Construct } from 'constructs';
import type { Cache } from '../cache/index';
import { enforce, refuse } from '../core/rules';
import { recordWire } from '../core/wires';
import { Access, environmentName, type IBackingService, type ICompute, type UseOptions } from '../core/wiring';
import { KeyValueStore } from '../key-value-store/index';
import { IDEMPOTENCY_RULES } from './idempotency-rules';

/** What an Idempotency remembers. */
export interface IdempotencyProps {
  /**
   * How long an answer is kept and given again: longer than clients repeat a request. Whole seconds, 1 s to 365 days.
   * @default Duration.hours(24)
   */
  readonly expiry?: Duration;
  /**
   * How long a key stays reserved for work that is under way, where the code does not say how long it has: longer than the work
   * ever takes, since a second attempt begins after it. Whole seconds, 1 s to 1 day.
   * @default Duration.minutes(1)
   */
  readonly inProgressExpiry?: Duration;
  /**
   * Answers may be deleted with the stack. Honoured under SANDBOX only.
   * @default false
   */
  readonly disposable?: boolean;
  /**
   * Anything else of the inner table, applied last.
   * @default - nothing else
   */
  readonly tableProps?: TableOptionsV2;
  /**
   * An existing table to adopt: partition key `id` (text), time to live `expiration`. Nothing is created.
   * @default - a new table
   */
  readonly table?: ITable;
  /**
   * A cache to keep answers in, of Valkey or of Redis OSS 7: quicker, and forgetful when it fails over or evicts. Nothing is
   * created.
   * @default - a table
   */
  readonly cache?: Cache;
}

/**
 * Requests that can be repeated without harm: the work is done once for a key, and everybody who comes with that key gets the
 * same answer. A DynamoDB table of answers, and `Idempotency` of `cdk-system-blueprints/runtime/idempotency` in the code.
 */
export class Idempotency extends Construct implements IBackingService {
  /** Where answers are kept: a KeyValueStore, or the cache that was given. */
  public readonly store: IBackingService;
  /** The table; undefined when answers are kept in a cache. */
  public readonly table?: ITable;

  private readonly settings: string;

  /** @throws RuleError when the props break a rule of this concept; all of them are named at once */
  constructor(scope: Construct, id: string, props: IdempotencyProps = {}) {
    super(scope, id);
    enforce(this, IDEMPOTENCY_RULES, props);
    const { expiry = Duration.hours(24), inProgressExpiry = Duration.minutes(1) } = props;
    this.settings = `${expiry.toSeconds()},${inProgressExpiry.toMilliseconds()}`;
    if (props.cache) {
      this.store = props.cache;
      recordWire(this, props.cache, 'is kept in');
      return;
    }
    const { table, disposable, tableProps } = props;
    // This id adds nothing to logical ids: a KeyValueStore that was in the place of this construct keeps its table.
    const shape = table ? { table } : { partitionKey: 'id', timeToLive: 'expiration', disposable, tableProps };
    const store = new KeyValueStore(this, 'Default', shape);
    this.node.defaultChild = store.node.defaultChild;
    this.store = store;
    this.table = store.table;
  }

  /** @throws RuleError when access is Access.READ: whoever asks writes the key */
  public attach(compute: ICompute, access: Access, options?: UseOptions): void {
    if (access === Access.READ) {
      refuse(this, 'Idempotency.ReadOnly', `Access.READ for ${compute.node.path}`, 'Access.WRITE or READ_WRITE: whoever asks writes the key');
    }
    this.store.attach(compute, access, { name: options?.name ?? this.node.id });
    compute.addEnvironment(environmentName(this, 'IDEMPOTENCY', options), this.settings);
  }
}
