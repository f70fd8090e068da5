import { Duration, Tokenization } from 'aws-cdk-lib';
import type { ITable } from 'aws-cdk-lib/aws-dynamodb';
import { Construct } from 'constructs';
import { enforce, refuse } from '../core/rules';
import { recordWire } from '../core/wires';
import { Access, environmentName, type IBackingService, type ICompute, type UseOptions } from '../core/wiring';
import { KeyValueStore } from '../key-value-store/index';
import type { CircuitBreakerProps } from './circuit-breaker-props';
import { CIRCUIT_BREAKER_RULES } from './circuit-breaker-rules';

/**
 * Stops calling a dependency that is known to fail, in all processes together, and finds out carefully whether it is well
 * again: a DynamoDB table of states, and `CircuitBreaker` of `cdk-system-blueprints/runtime/circuit-breaker` in the code.
 *
 * It is not the deployment circuit breaker of Amazon ECS, which rolls back a deployment whose tasks do not start.
 */
export class CircuitBreaker extends Construct implements IBackingService {
  /** What is called behind it. */
  public readonly dependency: string;
  /** Where the state is: a KeyValueStore, or the cache that was given. */
  public readonly store: IBackingService;
  /** The table; undefined when the state is in a cache. */
  public readonly table?: ITable;

  private readonly settings: string;

  /** @throws RuleError when the props break a rule of this concept; all of them are named at once */
  constructor(scope: Construct, id: string, props: CircuitBreakerProps = {}) {
    super(scope, id);
    enforce(this, CIRCUIT_BREAKER_RULES, props);
    this.dependency = props.dependency ?? id.replace(/[^A-Za-z0-9_.-]/g, '-').slice(0, 64);
    this.settings = settingsOf(this.dependency, props);
    if (props.cache) {
      this.store = props.cache;
      recordWire(this, props.cache, 'is kept in');
      return;
    }
    const { table, disposable, tableProps } = props;
    const store = new KeyValueStore(this, 'State', table ? { table } : { partitionKey: 'name', disposable, tableProps });
    this.node.defaultChild = store.node.defaultChild;
    this.store = store;
    this.table = store.table;
  }

  /**
   * Lets compute share the circuit; it finds its settings in `<NAME>_CIRCUIT_BREAKER`, and the table in `<NAME>_TABLE_NAME` or
   * the cache in `<NAME>_ENDPOINT` and what else a Cache tells.
   *
   * @throws RuleError unless access is Access.READ_WRITE: whoever calls tells how it went and learns how it goes
   */
  public attach(compute: ICompute, access: Access, options?: UseOptions): void {
    if (access !== Access.READ_WRITE) {
      refuse(this, 'CircuitBreaker.Access', `Access ${access} for ${compute.node.path}`,
        'Access.READ_WRITE: whoever calls tells how it went and learns how it goes');
    }
    this.store.attach(compute, access, { name: options?.name ?? this.node.id });
    compute.addEnvironment(environmentName(this, 'CIRCUIT_BREAKER', options), this.settings);
  }
}

/** As `circuitBreakerSettings` of the runtime reads them. */
function settingsOf(dependency: string, props: CircuitBreakerProps): string {
  const openFor = props.openFor ?? Duration.seconds(5);
  const longest = props.maxOpenFor?.toMilliseconds() ?? Math.max(60_000, openFor.toMilliseconds());
  return [
    dependency,
    Tokenization.stringifyNumber(props.failureThreshold ?? 0.5),
    Tokenization.stringifyNumber(props.minimumCalls ?? 10),
    (props.window ?? Duration.seconds(10)).toMilliseconds(),
    openFor.toMilliseconds(),
    longest,
    Tokenization.stringifyNumber(props.probes ?? 3),
    (props.timeout ?? Duration.seconds(10)).toMilliseconds(),
    (props.syncInterval ?? Duration.seconds(1)).toMilliseconds(),
  ].join(',');
}
