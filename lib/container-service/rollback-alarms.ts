import { Lazy } from 'aws-cdk-lib';
import type { IAlarm } from 'aws-cdk-lib/aws-cloudwatch';
import type { CfnService, FargateService } from 'aws-cdk-lib/aws-ecs';

/** The alarms that send a deployment back. */
export class RollbackAlarms {
  private readonly names: string[] = [];

  /** @param adopted whether the service may have such alarms already */
  constructor(private readonly service: FargateService, private readonly adopted: boolean) {}

  public add(alarm: IAlarm): void {
    if (this.adopted) {
      this.service.enableDeploymentAlarms([alarm.alarmName]);
      return;
    }
    if (this.names.length === 0) {
      // The L2's own method announces a circular dependency for every alarm that is not named by hand.
      (this.service.node.defaultChild as CfnService).addPropertyOverride('DeploymentConfiguration.Alarms', {
        AlarmNames: Lazy.list({ produce: () => this.names }), Enable: true, Rollback: true,
      });
    }
    this.names.push(alarm.alarmName);
  }
}
