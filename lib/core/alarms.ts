import { Alarm, type AlarmProps, ComparisonOperator, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { Construct, IConstruct } from 'constructs';
import { Profile } from './profile';

const TOPIC = Symbol.for('cdk-system-blueprints.alarmTopic');

interface ScopeWithTopic extends IConstruct {
  [TOPIC]?: ITopic;
}

/** Where the alarms below a scope are sent. */
export class Alarms {
  /** Sends every alarm that is created below the scope from now on to a topic. Without it alarms change state silently. */
  public static notify(scope: IConstruct, topic: ITopic): void {
    (scope as ScopeWithTopic)[TOPIC] = topic;
  }

  private constructor() {}
}

/**
 * Creates an alarm where the profile asks for alarms, and sends it to the topic of its scope.
 *
 * @param props asked only where there is an alarm, so that metrics nobody watches are neither built nor loaded
 * @returns the alarm, or undefined where the profile asks for none
 */
export function alarmWhenGuarded(scope: Construct, id: string, props: () => AlarmProps): Alarm | undefined {
  if (!Profile.of(scope).guarded) {
    return undefined;
  }
  // eslint-disable-next-line awscdk/require-passing-this, awscdk/no-variable-construct-id -- constructs pass themselves
  const alarm = new Alarm(scope, id, props());
  const topic = (scope.node.scopes as ScopeWithTopic[]).reverse().find((ancestor) => ancestor[TOPIC])?.[TOPIC];
  if (topic) {
    alarm.addAlarmAction(new SnsAction(topic));
  }
  return alarm;
}

/** An alarm on a metric that stays above its threshold, unless told otherwise for three periods; no data is no alarm. */
export function alarmWhenAbove(
  scope: Construct, id: string, props: () => Omit<AlarmProps, 'evaluationPeriods'> & { readonly evaluationPeriods?: number },
): Alarm | undefined {
  return alarmWhenGuarded(scope, id, () => ({
    evaluationPeriods: 3,
    comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
    treatMissingData: TreatMissingData.NOT_BREACHING,
    ...props(),
  }));
}
