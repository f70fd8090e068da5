import { Duration } from 'aws-cdk-lib';
import { ComparisonOperator, type Metric, Stats, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import { alarmWhenGuarded } from '../core/alarms';
import { enforce, refuse } from '../core/rules';
import { Access, type IBackingService, type ICompute, type UseOptions } from '../core/wiring';
import { DistributedLock } from '../distributed-lock/index';
import { LEADER_ELECTION_RULES } from './leader-election-rules';

/** How a leader is found. */
export interface LeaderElectionProps {
  /**
   * After how long another takes the place of a leader that is gone. Whole seconds, 1 s to 15 min.
   * @default Duration.seconds(10)
   */
  readonly lease?: Duration;
  /**
   * The metric in which the code counts 'Leading'. Under PRODUCTION an alarm goes off when nobody has been counted for longer
   * than a lease and three minutes.
   * @default - nobody counts: no alarm
   */
  readonly leading?: Metric;
  /**
   * The data may be deleted with the stack. Honoured under SANDBOX only.
   * @default false
   */
  readonly disposable?: boolean;
  /**
   * A DistributedLock to lead by, for example one in a cache, or one that several elections share. Nothing is created.
   * @default - a DistributedLock of its own, in a table
   */
  readonly lock?: DistributedLock;
}

/**
 * One leader among the tasks of a service, for work that must not be done twice at a time: a DistributedLock, and
 * `LeaderElection` of `cdk-system-blueprints/runtime/leader-election` in the code. When the leader is gone, another task leads
 * within the lease.
 */
export class LeaderElection extends Construct implements IBackingService {
  /** What the leader holds. */
  public readonly lock: DistributedLock;

  /** @throws RuleError when the props break a rule of this concept; all of them are named at once */
  constructor(scope: Construct, id: string, props: LeaderElectionProps = {}) {
    super(scope, id);
    enforce(this, LEADER_ELECTION_RULES, props);
    const { lease, disposable } = props;
    this.lock = props.lock ?? new DistributedLock(this, 'Lock', { lease, disposable });
    if (!props.lock) {
      this.node.defaultChild = this.lock.node.defaultChild;
    }
    this.watch(props.leading);
  }

  /**
   * Lets the tasks of a service stand for election. Their code finds what a DistributedLock tells: the lease in `<NAME>_LOCK`,
   * the table in `<NAME>_TABLE_NAME`, or what a Cache tells.
   *
   * @throws RuleError when access is Access.READ, or the compute is a function, whose environment is frozen between calls
   */
  public attach(compute: ICompute, access: Access, options?: UseOptions): void {
    if (access === Access.READ) {
      refuse(this, 'LeaderElection.ReadOnly', `Access.READ for ${compute.node.path}`, 'Access.WRITE or READ_WRITE: candidates write the lock');
    }
    if (isFunction(compute)) {
      refuse(this, 'LeaderElection.FunctionCannotLead', `the function ${compute.node.path}`,
        'a ContainerService: a function is frozen between calls and then renews nothing; one call is guarded by a DistributedLock');
    }
    this.lock.attach(compute, access, { name: options?.name ?? this.node.id });
  }

  private watch(leading?: Metric): void {
    if (leading) {
      const counted = Duration.minutes(1);
      alarmWhenGuarded(this, 'LeaderlessAlarm', () => ({
        metric: leading.with({ statistic: Stats.SUM, period: counted }),
        threshold: 1,
        evaluationPeriods: 3 + Math.ceil(this.lock.lease.toSeconds() / counted.toSeconds()),
        comparisonOperator: ComparisonOperator.LESS_THAN_THRESHOLD,
        treatMissingData: TreatMissingData.BREACHING,
        alarmDescription: 'Nobody leads: no task runs, none reaches the lock, or every leader fails at once.',
      }));
    }
  }
}

/** Not `instanceof`: the library may be installed twice, and this concept need not load that one. */
const isFunction = (compute: ICompute) => 'grantInvoke' in compute && 'function' in compute;
