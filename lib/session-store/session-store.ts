import type { Duration } from 'aws-cdk-lib';
import type { ITable, TableOptionsV2 } from 'aws-cdk-lib/aws-dynamodb';
import { Construct } from 'constructs';
import type { Cache } from '../cache/index';
import { enforce, refuse } from '../core/rules';
import { recordWire } from '../core/wires';
import { Access, environmentName, type IBackingService, type ICompute, type UseOptions } from '../core/wiring';
import { KeyValueStore } from '../key-value-store/index';
import { SecretStore } from '../secret-store/index';
import { DEFAULT_IDLE_SECONDS, DEFAULT_LIFETIME_SECONDS, SESSION_STORE_RULES } from './session-store-rules';

/** What a SessionStore is. */
export interface SessionStoreProps {
  /**
   * After how long without a request a session ends. Whole seconds, 1 s to 30 days.
   * @default Duration.minutes(30)
   */
  readonly idleTimeout?: Duration;
  /**
   * After how long a session ends however much it is used. Whole seconds, 1 s to 365 days.
   * @default Duration.hours(12)
   */
  readonly lifetime?: Duration;
  /**
   * The secret that cookies are signed with: text of 32 characters or more. Programs that share it accept each other's cookies.
   * @default - a new one of 64 characters
   */
  readonly cookieKey?: SecretStore;
  /**
   * Sessions may be deleted with the stack. Honoured under SANDBOX only.
   * @default false
   */
  readonly disposable?: boolean;
  /**
   * Anything else of the inner table, applied last.
   * @default - nothing else
   */
  readonly tableProps?: TableOptionsV2;
  /**
   * An existing table to adopt: partition key `id` (text), time to live `expiresAt`. No table is created.
   * @default - a new table
   */
  readonly table?: ITable;
  /**
   * A cache to keep sessions in, of Valkey or of Redis OSS 7: quicker, and forgetful when it fails over, evicts or is lost; the
   * users then sign in again. No table is created.
   * @default - a table
   */
  readonly cache?: Cache;
}

/**
 * Sessions of a web program outside its processes: any of them may end, and the users stay signed in. A DynamoDB table or a
 * cache, the key that cookies are signed with, and `Sessions` of `cdk-system-blueprints/runtime/session-store` in the code.
 */
export class SessionStore extends Construct implements IBackingService {
  /** Where sessions are kept: a KeyValueStore, or the cache that was given. */
  public readonly store: IBackingService;
  /** The table; undefined when sessions are kept in a cache. */
  public readonly table?: ITable;
  /** The secret that cookies are signed with. */
  public readonly cookieKey: SecretStore;

  private readonly settings: string;

  /** @throws RuleError when the props break a rule of this concept; all of them are named at once */
  constructor(scope: Construct, id: string, props: SessionStoreProps = {}) {
    super(scope, id);
    enforce(this, SESSION_STORE_RULES, props);
    const { idleTimeout, lifetime, disposable, tableProps, table } = props;
    this.settings = `${idleTimeout?.toSeconds() ?? DEFAULT_IDLE_SECONDS},${lifetime?.toSeconds() ?? DEFAULT_LIFETIME_SECONDS}`;
    this.cookieKey = props.cookieKey ?? new SecretStore(this, 'CookieKey', { length: 64, excludePunctuation: true, disposable });
    if (props.cache) {
      this.store = props.cache;
      recordWire(this, props.cache, 'is kept in');
      return;
    }
    const shape = table ? { table } : { partitionKey: 'id', timeToLive: 'expiresAt', disposable, tableProps };
    const store = new KeyValueStore(this, 'Store', shape);
    this.node.defaultChild = store.node.defaultChild;
    this.store = store;
    this.table = store.table;
  }

  /**
   * Lets compute keep sessions. Its code finds the variables of the table or the cache under its name, `<NAME>_SESSIONS` (idle
   * time and lifetime in seconds) and `<NAME>_COOKIE_KEY_SECRET_ARN`.
   *
   * @throws RuleError when access is not Access.READ_WRITE: whoever looks at a session lets it live on
   */
  public attach(compute: ICompute, access: Access, options?: UseOptions): void {
    if (access !== Access.READ_WRITE) {
      const given = `Access.${access === Access.READ ? 'READ' : 'WRITE'} for ${compute.node.path}`;
      refuse(this, 'SessionStore.OneAccess', given, 'Access.READ_WRITE: whoever looks at a session lets it live on');
    }
    const name = options?.name ?? this.node.id;
    this.store.attach(compute, access, { name });
    this.cookieKey.attach(compute, Access.READ, { name: `${name}_CookieKey` });
    compute.addEnvironment(environmentName(this, 'SESSIONS', options), this.settings);
  }
}
