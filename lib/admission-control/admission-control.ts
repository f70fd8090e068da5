import { Tokenization } from 'aws-cdk-lib';
import { ComparisonOperator, type IMetric, MathExpression, type MetricOptions, Stats, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import type { Grant, IGrantable } from 'aws-cdk-lib/aws-iam';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { alarmWhenGuarded } from '../core/alarms';
import { enforce, refuse } from '../core/rules';
import { Access, environmentName, type IBackingService, type ICompute, type UseOptions } from '../core/wiring';
import type { AdmissionControlProps } from './admission-control-props';
import { ADMISSION_CONTROL_RULES } from './admission-control-rules';

/**
 * Turns work away at the door while the queue behind it is too long: 503 with Retry-After, or a degraded answer, instead of
 * work that nobody waits for any more when it is done. `AdmissionControl` of `cdk-system-blueprints/runtime/admission-control`
 * carries it out in the code.
 */
export class AdmissionControl extends Construct implements IBackingService {
  /** The queue whose backlog decides. */
  public readonly queue: IQueue;
  /** The backlog at which work is turned away. */
  public readonly maxBacklog: number;
  /** The backlog below which work is admitted again. */
  public readonly resumeBelow: number;

  private readonly settings: string;

  /** @throws RuleError when the props break a rule of this concept; all of them are named at once */
  constructor(scope: Construct, id: string, props: AdmissionControlProps) {
    super(scope, id);
    enforce(this, ADMISSION_CONTROL_RULES, props);
    this.queue = (props.queue ?? props.workQueue?.queue)!;
    this.maxBacklog = props.maxBacklog;
    this.resumeBelow = props.resumeBelow ?? Math.max(1, Math.floor(0.8 * props.maxBacklog));
    const numbers = [this.maxBacklog, this.resumeBelow, props.retryAfter?.toSeconds() ?? 5];
    this.settings = numbers.map((number) => Tokenization.stringifyNumber(number)).join(',');
    this.createAlarm();
  }

  /**
   * Lets compute look at the length of the queue; it finds its thresholds in `<NAME>_ADMISSION` and the address of the queue in
   * `<NAME>_QUEUE_URL`. To put work into the queue it uses the queue itself.
   *
   * @throws RuleError unless access is Access.READ: a gate only looks
   */
  public attach(compute: ICompute, access: Access, options?: UseOptions): void {
    if (access !== Access.READ) {
      refuse(this, 'AdmissionControl.Access', `Access ${access} for ${compute.node.path}`,
        'Access.READ: a gate only looks; compute.use(queue, Access.WRITE) to put work into the queue');
    }
    this.grantLook(compute);
    compute.network?.reach('sqs', compute);
    compute.addEnvironment(environmentName(this, 'ADMISSION', options), this.settings);
    compute.addEnvironment(environmentName(this, 'QUEUE_URL', options), this.queue.queueUrl);
  }

  /** Lets a principal look at the length of the queue, and at nothing in it. */
  public grantLook(grantee: IGrantable): Grant {
    return this.queue.grant(grantee, 'sqs:GetQueueAttributes');
  }

  /** What decides: messages that wait, are worked on or are delayed; the most over five minutes unless told otherwise. */
  public metricBacklog(options?: MetricOptions): IMetric {
    const { period, ...each } = { statistic: Stats.MAXIMUM, ...options };
    return new MathExpression({
      expression: 'waiting + worked + delayed',
      usingMetrics: {
        waiting: this.queue.metricApproximateNumberOfMessagesVisible(each),
        worked: this.queue.metricApproximateNumberOfMessagesNotVisible(each),
        delayed: this.queue.metricApproximateNumberOfMessagesDelayed(each),
      },
      label: 'Messages not yet done',
      period,
    });
  }

  private createAlarm(): void {
    alarmWhenGuarded(this, 'TurnedAwayAlarm', () => ({
      metric: this.metricBacklog(),
      threshold: this.maxBacklog,
      evaluationPeriods: 3,
      comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      treatMissingData: TreatMissingData.NOT_BREACHING,
      alarmDescription: 'Work is turned away, and has been for a while: consumers do not keep up.',
    }));
  }
}
