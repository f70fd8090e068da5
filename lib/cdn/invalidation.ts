import { Aws, Stack, Token } from 'aws-cdk-lib';
import { ComparisonOperator, Metric, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { EventField, type EventPattern, type IRuleTarget, RuleTargetInput } from 'aws-cdk-lib/aws-events';
import { PolicyDocument, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { CfnStateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { acknowledge, acknowledgeInlineGrants } from '../core/acknowledge';
import { alarmWhenGuarded } from '../core/alarms';
import type { Rule } from '../core/rules';
import { isObject, show } from '../core/show';

/** What `invalidateOn` refuses. Bounds: CloudFront, "Invalidate files". */
export const INVALIDATION_RULES: readonly Rule<{ readonly event: EventPattern; readonly paths: readonly string[] }>[] = [
  {
    code: 'Cdn.InvalidationEvent',
    check: ({ event }) => isObject(event) && Object.keys(event).length > 0
      ? undefined
      : { given: `event is ${show(event)}`, allowed: 'a pattern of events, for example { source: [\'deployment\'] }' },
  },
  {
    code: 'Cdn.InvalidationPaths',
    check: ({ paths }) => Array.isArray(paths) && paths.length > 0 && paths.length <= 15 && paths.every(isPath)
      ? undefined
      : { given: `paths is ${Array.isArray(paths) ? paths.map(show).join(', ') || 'empty' : show(paths)}`, allowed: '1 to 15 paths that begin with /, * at the end for all below' },
  },
];

const isPath = (path: unknown) => Token.isUnresolved(path) || typeof path === 'string' && /^\/[^*]*\*?$/.test(path);

/**
 * Drops copies from the edges when an event comes, without code of its own: a Step Functions state machine that calls
 * CloudFront. A standard one, whose executions can be looked at for 90 days without a log.
 */
export class Invalidation extends Construct {
  private readonly machine: CfnStateMachine;
  private readonly starter: Role;

  constructor(scope: Construct, id: string, distribution: { readonly id: string; readonly arn: string }) {
    super(scope, id);
    const role = this.createRole('Role', 'states.amazonaws.com', 'cloudfront:CreateInvalidation', distribution.arn);
    this.machine = new CfnStateMachine(this, 'Resource', {
      roleArn: role.roleArn,
      stateMachineType: 'STANDARD',
      definitionString: Stack.of(this).toJsonString(definition(distribution.id)),
    });
    this.starter = this.createRole('Starter', 'events.amazonaws.com', 'states:StartExecution', this.machine.attrArn);
    acknowledge(this.machine,
      { id: 'AwsSolutions-SF1', reason: 'A standard state machine keeps the history of every execution for 90 days; a log would hold the same events again.' },
      ...['AwsSolutions-SF2', 'Serverless-StepFunctionStateMachineXray'].map((finding) => ({
        id: finding,
        reason: 'One state with one call, whose history says when it began and ended: a trace would show the same, for permissions on every resource.',
      })));
    this.createAlarm();
  }

  /** Starts it with the event's own id, under which CloudFront takes an event that is delivered twice as one. */
  public target(paths: readonly string[]): IRuleTarget {
    return {
      bind: () => ({
        arn: this.machine.attrArn,
        role: this.starter,
        input: RuleTargetInput.fromObject({ id: EventField.eventId, paths }),
      }),
    };
  }

  private createRole(id: string, service: string, action: string, resource: string): Role {
     
    const statements = [new PolicyStatement({ actions: [action], resources: [resource] })];
    const role = new Role(this, id, {
      assumedBy: new ServicePrincipal(service),
      inlinePolicies: { Call: new PolicyDocument({ statements }) },
    });
    acknowledgeInlineGrants(role);
    return role;
  }

  private createAlarm(): void {
    alarmWhenGuarded(this, 'FailuresAlarm', () => ({
      metric: new Metric({
        namespace: 'AWS/States',
        metricName: 'ExecutionsFailed',
        dimensionsMap: { StateMachineArn: this.machine.attrArn },
        statistic: 'Sum',
      }),
      threshold: 1,
      evaluationPeriods: 1,
      comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      treatMissingData: TreatMissingData.NOT_BREACHING,
      alarmDescription: 'Copies could not be dropped: visitors may see old content until it expires.',
    }));
  }
}

/**
 * CloudFront drops at most 3,000 files or 15 wildcards at once, so it waits its turn. `[]` keeps JSONata from unpacking a list
 * of one.
 */
function definition(distributionId: string): object {
  return {
    QueryLanguage: 'JSONata',
    StartAt: 'Invalidate',
    States: {
      Invalidate: {
        Type: 'Task',
        Resource: `arn:${Aws.PARTITION}:states:::aws-sdk:cloudfront:createInvalidation`,
        Arguments: {
          DistributionId: distributionId,
          InvalidationBatch: {
            CallerReference: '{% $states.input.id %}',
            Paths: { Quantity: '{% $count($states.input.paths) %}', Items: '{% $states.input.paths[] %}' },
          },
        },
        Retry: [{ ErrorEquals: ['States.TaskFailed'], IntervalSeconds: 10, BackoffRate: 2, MaxAttempts: 6, JitterStrategy: 'FULL' }],
        End: true,
      },
    },
  };
}
