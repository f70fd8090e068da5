import { Duration, Stack, Token, Validations } from 'aws-cdk-lib';
import {
  ComparisonOperator, type IMetric, MathExpression, type Metric, type MetricOptions, Stats, TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import type { ITable } from 'aws-cdk-lib/aws-dynamodb';
import { type IRole, PolicyDocument, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import {
  ContextAttribute, type ISchedule, Schedule, type ScheduleExpression, ScheduleTargetInput, TimeWindow,
} from 'aws-cdk-lib/aws-scheduler';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { acknowledgeInlineGrants } from '../core/acknowledge';
import { alarmWhenGuarded } from '../core/alarms';
import { createDeadLetterQueue } from '../core/dead-letters';
import { Profile } from '../core/profile';
import { enforce, refuse } from '../core/rules';
import { recordWire } from '../core/wires';
import { Access, environmentName } from '../core/wiring';
import type { FunctionService } from '../function-service/index';
import { KeyValueStore } from '../key-value-store/index';
import { longestGap } from './longest-gap';
import { lookbackFor } from './missed-runs';
import { Overlap } from './overlap';
import { SINGLETON_CRON_RULES } from './singleton-cron-rules';

/** What a SingletonCron runs, and when. */
export interface SingletonCronProps {
  /**
   * When: `ScheduleExpression.rate(Duration.minutes(5))`, or `ScheduleExpression.cron({ minute: '0', hour: '3', timeZone })`.
   * Its time zone is UTC unless it says another.
   */
  readonly schedule: ScheduleExpression;
  /**
   * What does the work, and nothing else: its code is `singletonCron` of `cdk-system-blueprints/runtime/singleton-cron`. A run
   * ends with the timeout of the function, at most 15 min.
   */
  readonly worker: FunctionService;
  /**
   * What happens to a run that is due while another one is still at work.
   * @default Overlap.SKIP
   */
  readonly overlap?: Overlap;
  /**
   * Within how long after its time a run may begin, so that not everything begins at the full hour: whole minutes, 1 min to 24 h.
   * @default - at its time
   */
  readonly flexibleWindow?: Duration;
  /**
   * How late a run may still begin when it could not be triggered, or has failed and is tried again: 1 min to 6 h. After
   * that it is set aside in the dead-letter queue.
   * @default Duration.hours(1)
   */
  readonly startingDeadline?: Duration;
  /**
   * The longest time between two runs, after which the alarm for missed runs goes off: 1 min to less than 7 days.
   * @default - what the schedule says, where it is a rate or the same every week
   */
  readonly expectedEvery?: Duration;
  /**
   * Whether it runs at all.
   * @default true
   */
  readonly enabled?: boolean;
  /**
   * What it remembers, and triggers that were set aside, may be deleted with the stack. Honoured under SANDBOX only.
   * @default false
   */
  readonly disposable?: boolean;
  /**
   * An existing table to remember runs in, with the partition key `name` (text) and the time to live `ttl`. Several crons may
   * share one, as long as their construct ids differ.
   * @default - a table of its own
   */
  readonly table?: ITable;
}

/**
 * Work that is done on a schedule, each run by one worker only: Amazon EventBridge Scheduler triggers at least once, and the
 * runtime runs each slot once, by a lock and a record of the slot. A crashed run is taken over by the next attempt.
 */
export class SingletonCron extends Construct {
  /** The schedule itself. */
  public readonly schedule: ISchedule;
  /** Where it is remembered which slots were run, and who is at work. */
  public readonly state: KeyValueStore;
  /** Where triggers go that could not be delivered, and runs that failed every attempt. */
  public readonly deadLetterQueue: IQueue;
  /** The role in which the schedule invokes the worker. */
  public readonly role: IRole;

  private readonly worker: FunctionService;

  /** @throws RuleError when the props break a rule of this concept (all are named at once), or the worker has another cron */
  constructor(scope: Construct, id: string, props: SingletonCronProps) {
    super(scope, id);
    enforce(this, SINGLETON_CRON_RULES, props);
    this.worker = props.worker;
    const { table, disposable } = props;
    this.state = new KeyValueStore(this, 'State', table ? { table } : { partitionKey: 'name', timeToLive: 'ttl', disposable });
    const queue = createDeadLetterQueue(this, 'triggers and runs that failed every attempt', disposable);
    this.deadLetterQueue = queue;
    this.role = this.createRole(queue);
    this.wire(props.overlap ?? Overlap.SKIP);
    this.retryRuns(queue, props.startingDeadline ?? Duration.hours(1));
    this.schedule = this.createSchedule(props, queue);
    this.node.defaultChild = this.schedule;
    recordWire(this, props.worker, 'runs');
    this.createAlarms(props);
  }

  /** Triggers that were done without an error; sum over five minutes unless told otherwise. */
  public metricRuns(options?: MetricOptions): IMetric {
    const { period, ...each } = { statistic: Stats.SUM, ...options };
    return new MathExpression({
      expression: 'invocations - errors',
      usingMetrics: { invocations: this.worker.function.metricInvocations(each), errors: this.worker.metricErrors(each) },
      label: 'Runs',
      period,
    });
  }

  /** Triggers and runs that failed every attempt; maximum over five minutes unless told otherwise. */
  public metricDeadLetters(options?: MetricOptions): Metric {
    return this.deadLetterQueue.metricApproximateNumberOfMessagesVisible({ statistic: Stats.MAXIMUM, ...options });
  }

  private createRole(queue: IQueue): Role {
    const stack = Stack.of(this);
    const group = stack.formatArn({ service: 'scheduler', resource: 'schedule-group', resourceName: 'default' });
    const role = new Role(this, 'Role', {
      // Schedules of others must not use it (EventBridge Scheduler User Guide, "Confused deputy prevention").
      assumedBy: new ServicePrincipal('scheduler.amazonaws.com', {
        conditions: { StringEquals: { 'aws:SourceAccount': stack.account, 'aws:SourceArn': group } },
      }),
      inlinePolicies: {
        Trigger: new PolicyDocument({
          statements: [
            new PolicyStatement({ actions: ['lambda:InvokeFunction'], resources: [this.worker.function.functionArn] }),
            new PolicyStatement({ actions: ['sqs:SendMessage'], resources: [queue.queueArn] }),
          ],
        }),
      },
    });
    acknowledgeInlineGrants(role);
    return role;
  }

  private wire(overlap: Overlap): void {
    this.state.attach(this.worker, Access.READ_WRITE, { name: this.node.id });
    this.worker.addEnvironment(environmentName(this, 'OVERLAP'), overlap);
  }

  /** The schedule hands a trigger to AWS Lambda and is done; it is Lambda that tries a failed run again, two times. */
  private retryRuns(queue: IQueue, startingDeadline: Duration): void {
    const { function: invoked, node } = this.worker;
    if (invoked.node.tryFindChild('EventInvokeConfig')) {
      refuse(this, 'SingletonCron.WorkerTaken', `${node.path}, which has settings for asynchronous invocations already`,
        'a worker of its own for each cron: retries and the alarm for missed runs are those of the function');
    }
    const bind = (_scope: Construct, failing: IFunction) => {
      queue.grant(failing, 'sqs:SendMessage');
      return { destination: queue.queueArn };
    };
    invoked.configureAsyncInvoke({ maxEventAge: startingDeadline, retryAttempts: 2, onFailure: { bind } });
  }

  private createSchedule({ schedule, flexibleWindow, startingDeadline, enabled }: SingletonCronProps, queue: IQueue): Schedule {
    const target = {
      arn: this.worker.function.functionArn,
      role: this.role,
      input: ScheduleTargetInput.fromObject({ cron: this.node.id, slot: ContextAttribute.scheduledTime }),
      deadLetterConfig: { arn: queue.queueArn },
      retryPolicy: { maximumEventAgeInSeconds: (startingDeadline ?? Duration.hours(1)).toSeconds(), maximumRetryAttempts: 185 },
    };
    return new Schedule(this, 'Schedule', {
      schedule,
      // Not LambdaInvoke, whose role may invoke every version and alias, and lies beside this construct.
      target: { bind: () => target },
      timeWindow: flexibleWindow && TimeWindow.flexible(flexibleWindow),
      enabled,
    });
  }

  private createAlarms({ schedule, expectedEvery, flexibleWindow, enabled = true }: SingletonCronProps): void {
    alarmWhenGuarded(this, 'DeadLettersAlarm', () => ({
      metric: this.metricDeadLetters(),
      threshold: 1,
      evaluationPeriods: 1,
      comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      treatMissingData: TreatMissingData.NOT_BREACHING,
      alarmDescription: 'Runs could not be triggered or failed every attempt: a message names the slot.',
    }));
    const seconds = expectedEvery?.toSeconds() ?? gapOf(schedule);
    const lookback = seconds === undefined ? undefined : lookbackFor(seconds + (flexibleWindow?.toSeconds() ?? 0));
    if (enabled && lookback) {
      alarmWhenGuarded(this, 'MissedRunsAlarm', () => ({
        metric: this.metricRuns({ period: lookback.period }),
        threshold: 1,
        evaluationPeriods: lookback.evaluationPeriods,
        comparisonOperator: ComparisonOperator.LESS_THAN_THRESHOLD,
        treatMissingData: TreatMissingData.BREACHING,
        alarmDescription: 'There was no run for longer than the schedule allows.',
      }));
    } else if (enabled && Profile.of(this).guarded) {
      Validations.of(this).addWarning('cdk-system-blueprints:SingletonCron.MissedRunsUnwatched',
        `no alarm tells when ${this.node.path} stops running: ${seconds === undefined
          ? 'its schedule does not tell how often it runs; say expectedEvery if that is less than 7 days'
          : 'an alarm looks back 7 days at most, which is not longer than the time between two runs'}`);
    }
  }
}

/** The longest time between two runs in seconds; an hour more where clocks are set back once a year. */
function gapOf({ expressionString, timeZone }: ScheduleExpression): number | undefined {
  const gap = Token.isUnresolved(expressionString) ? undefined : longestGap(expressionString);
  const setBack = expressionString.startsWith('cron(') && timeZone && !/^(Etc\/)?(UTC|GMT)$/.test(timeZone.timezoneName);
  return gap !== undefined && setBack ? gap + 3600 : gap;
}
