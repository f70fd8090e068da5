import { ArnFormat, Stack } from 'aws-cdk-lib';
import { ComparisonOperator, type IMetric, MathExpression, Metric, type MetricOptions, Stats, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { Grant, type IGrantable, type IRole, PolicyDocument, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { FilterPattern, type ILogGroup, MetricFilter, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import { type CfnStateMachine, DefinitionBody, type IStateMachine, StateMachine, type StateMachineProps } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { acknowledge, acknowledgeInlineGrants, acknowledgeWildcard } from '../core/acknowledge';
import { alarmWhenGuarded } from '../core/alarms';
import { createLogGroup } from '../core/logs';
import { enforce } from '../core/rules';
import { recordWire } from '../core/wires';
import { type Access, environmentName, type IBackingService, type ICompute, reads, type UseOptions, writes } from '../core/wiring';
import { COMPENSATED, COMPENSATION_FAILED, definitionOf } from './saga-definition';
import { SAGA_RULES } from './saga-rules';
import type { SagaStep, StepRetry } from './saga-step';

/** What AWS Step Functions does to log (Developer Guide, "Using CloudWatch Logs to log execution history"). */
const LOG_ACTIONS = [
  'logs:CreateLogDelivery', 'logs:DeleteLogDelivery', 'logs:DescribeLogGroups', 'logs:DescribeResourcePolicies', 'logs:GetLogDelivery',
  'logs:ListLogDeliveries', 'logs:PutResourcePolicy', 'logs:UpdateLogDelivery',
];
const TRACE_ACTIONS = ['xray:GetSamplingRules', 'xray:GetSamplingTargets', 'xray:PutTelemetryRecords', 'xray:PutTraceSegments'];
const NAMESPACE = 'SystemBlueprints/Saga';

/** What a Saga does. */
export interface SagaProps {
  /** The steps, in the order in which they are done, 1 to 50. */
  readonly steps: SagaStep[];
  /**
   * How an undo that fails is tried again. When every attempt has failed, the steps before it are not undone either, and
   * somebody must see to it: try for long.
   * @default - 8 attempts, exponential backoff from 1 s to 1 min with full jitter
   */
  readonly undoRetry?: StepRetry;
  /**
   * How long logs are kept.
   * @default - one week under SANDBOX, one year under PRODUCTION
   */
  readonly logRetention?: RetentionDays;
  /**
   * Anything else of the inner state machine, applied last. Definition, role, logs and tracing belong to the construct.
   * @default - nothing else
   */
  readonly stateMachineProps?: StateMachineProps;
}

/**
 * Steps in several services that happen all or are undone: when one fails, those before it are compensated in the opposite
 * order. A Standard workflow of AWS Step Functions, which survives every crash. In between, others see half of it: a saga is
 * atomic in the end, not isolated.
 */
export class Saga extends Construct implements IBackingService {
  /** The state machine itself. */
  public readonly stateMachine: IStateMachine;
  /** The role in which it calls the functions. */
  public readonly role: IRole;
  /** Where it logs what happens, without inputs and answers. */
  public readonly logGroup: ILogGroup;

  private readonly stateMachineName: string;

  /** @throws RuleError when the props break a rule of this concept; all of them are named at once */
  constructor(scope: Construct, id: string, props: SagaProps) {
    super(scope, id);
    enforce(this, SAGA_RULES, props);
    const logGroup = createLogGroup(this, 'Logs', props.logRetention);
    this.logGroup = logGroup;
    this.role = this.createRole(props.steps);
    props.steps.forEach((step) => recordWire(this, step.do, step.name));
    const stateMachine = this.createStateMachine(props);
    this.stateMachine = stateMachine;
    this.stateMachineName = stateMachine.stateMachineName;
    this.node.defaultChild = stateMachine;
    this.createAlarms();
  }

  /**
   * Lets compute start sagas (`Access.WRITE`) and ask how they stand (`Access.READ`); it finds the state machine in
   * `<NAME>_STATE_MACHINE_ARN`. The code calls `startSaga` and `sagaOutcome` of `cdk-system-blueprints/runtime/saga`.
   */
  public attach(compute: ICompute, access: Access, options?: UseOptions): void {
    if (writes(access)) {
      this.grantStart(compute);
    }
    if (reads(access)) {
      this.grantDescribe(compute);
    }
    compute.network?.reach('states', compute);
    compute.addEnvironment(environmentName(this, 'STATE_MACHINE_ARN', options), this.stateMachine.stateMachineArn);
  }

  /** Lets a principal start sagas. */
  public grantStart(grantee: IGrantable): Grant {
    const { stateMachineArn } = this.stateMachine;
    return Grant.addToPrincipal({ grantee, actions: ['states:StartExecution'], resourceArns: [stateMachineArn] });
  }

  /** Lets a principal ask how sagas stand, those of this construct only. */
  public grantDescribe(grantee: IGrantable): Grant {
    const executions = Stack.of(this).formatArn({
      service: 'states', resource: 'execution', resourceName: `${this.stateMachineName}:*`, arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    });
    if (Construct.isConstruct(grantee.grantPrincipal)) {
      acknowledgeWildcard(grantee.grantPrincipal, this, executions,
        'The executions of this one state machine; their names are the keys of those who start them.');
    }
    return Grant.addToPrincipal({ grantee, actions: ['states:DescribeExecution'], resourceArns: [executions] });
  }

  /** Sagas that were started; sum over five minutes unless told otherwise. */
  public metricStarted(options?: MetricOptions): Metric {
    return this.stateMachine.metricStarted(options);
  }

  /** Sagas all of whose steps were done; sum over five minutes unless told otherwise. */
  public metricSucceeded(options?: MetricOptions): Metric {
    return this.stateMachine.metricSucceeded(options);
  }

  /** Sagas that did not succeed, undone or not; sum over five minutes unless told otherwise. */
  public metricFailed(options?: MetricOptions): Metric {
    return this.stateMachine.metricFailed(options);
  }

  /** Sagas that were stopped by somebody, with nothing undone; sum over five minutes unless told otherwise. */
  public metricAborted(options?: MetricOptions): Metric {
    return this.stateMachine.metricAborted(options);
  }

  /** Sagas that failed and were undone, counted from the logs; sum over five minutes unless told otherwise. */
  public metricCompensated(options?: MetricOptions): Metric {
    return this.metricEnded('Compensated', COMPENSATED, options);
  }

  /** Sagas that failed and could not be undone, counted from the logs; sum over five minutes unless told otherwise. */
  public metricCompensationFailed(options?: MetricOptions): Metric {
    return this.metricEnded('CompensationFailed', COMPENSATION_FAILED, options);
  }

  /** AWS Step Functions counts failed executions only, not what they failed with; the log tells where they ended. */
  private metricEnded(what: string, state: string, options?: MetricOptions): Metric {
    const metricName = `${this.stateMachineName}-${what}`;
    if (!this.node.tryFindChild(what)) {
      new MetricFilter(this, what, {
        logGroup: this.logGroup,
        filterPattern: FilterPattern.all(
          FilterPattern.stringValue('$.type', '=', 'FailStateEntered'), FilterPattern.stringValue('$.details.name', '=', state)),
        metricNamespace: NAMESPACE,
        metricName,
      });
    }
    return new Metric({ namespace: NAMESPACE, metricName, statistic: Stats.SUM, ...options });
  }

  private createRole(steps: readonly SagaStep[]): Role {
    const functions = [...new Set(steps.flatMap((step) => step.undo ? [step.do, step.undo] : [step.do]))];
    const role = new Role(this, 'Role', {
      assumedBy: new ServicePrincipal('states.amazonaws.com'),
      inlinePolicies: {
        Steps: new PolicyDocument({
          statements: [new PolicyStatement({ actions: ['lambda:InvokeFunction'], resources: functions.map((service) => service.function.functionArn) })],
        }),
        Telemetry: new PolicyDocument({
          statements: [new PolicyStatement({ actions: [...LOG_ACTIONS, ...TRACE_ACTIONS], resources: ['*'] })],
        }),
      },
    });
    acknowledgeInlineGrants(role);
    acknowledge(role.node.defaultChild as Construct, {
      id: 'AwsSolutions-IAM5[Resource::*]',
      reason: 'Setting up log delivery and sending traces do not support resource-level permissions (AWS Step Functions Developer Guide, "Using CloudWatch Logs to log execution history"; Service Authorization Reference, AWS X-Ray).',
    });
    return role;
  }

  private createStateMachine({ steps, undoRetry, stateMachineProps }: SagaProps): StateMachine {
    const stateMachine = new StateMachine(this, 'StateMachine', {
      ...stateMachineProps,
      definitionBody: DefinitionBody.fromString(Stack.of(this).toJsonString(definitionOf(steps, undoRetry))),
      role: this.role,
    });
    const resource = stateMachine.node.defaultChild as CfnStateMachine;
    // The L2's own options would add a second policy with the wildcards of the role.
    resource.loggingConfiguration = {
      destinations: [{ cloudWatchLogsLogGroup: { logGroupArn: this.logGroup.logGroupArn } }], level: 'ALL', includeExecutionData: false,
    };
    resource.tracingConfiguration = { enabled: true };
    return stateMachine;
  }

  private createAlarms(): void {
    const whenAny = (id: string, metric: () => IMetric, alarmDescription: string) => alarmWhenGuarded(this, id, () => ({
      metric: metric(),
      threshold: 1,
      evaluationPeriods: 1,
      comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      treatMissingData: TreatMissingData.NOT_BREACHING,
      alarmDescription,
    }));
    whenAny('CompensationFailedAlarm', () => this.metricCompensationFailed(),
      'A saga could not be undone: what its steps have done remains. The cause of the execution names the undo; finish it by hand.');
    whenAny('AbandonedAlarm', () => this.metricAbandoned(),
      'Sagas were stopped in between: what their steps have done remains. Finish them by hand.');
  }

  private metricAbandoned(): IMetric {
    return new MathExpression({
      expression: 'aborted + timedOut',
      usingMetrics: { aborted: this.stateMachine.metricAborted(), timedOut: this.stateMachine.metricTimedOut() },
      label: 'Sagas that ended in between',
    });
  }
}
