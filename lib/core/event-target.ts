import type { IRuleTarget } from 'aws-cdk-lib/aws-events';
import type { IConstruct } from 'constructs';

/** What events can be delivered to. */
export interface IEventTarget extends IConstruct {
  /** The way an event rule reaches it, a place for events that cannot be delivered included. */
  eventTarget(): IRuleTarget;
}
