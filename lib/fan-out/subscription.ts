import { FilterOrPolicy, SubscriptionFilter } from 'aws-cdk-lib/aws-sns';

/** What a filter looks at. */
export enum FilterOn {
  /** The attributes of a message, which stand beside its body. */
  ATTRIBUTES = 'attributes',
  /** The fields of a message whose body is JSON. */
  BODY = 'body',
}

/** How a queue subscribes. */
export interface SubscriptionOptions {
  /**
   * What the messages that it gets are like: for each attribute (or field) what its value may be, a text, a number or a pattern
   * of Amazon SNS such as `{ prefix: 'order-' }` or `{ numeric: ['>', 100] }`. All of them must match. At most five names.
   * @default - all messages
   */
  readonly filter?: { readonly [name: string]: unknown };
  /**
   * What the filter looks at.
   * @default FilterOn.ATTRIBUTES
   */
  readonly filterOn?: FilterOn;
}

/** A filter as the CDK has it: a list of what matches, or below a field of the body further fields. */
export function bodyFilter(filter: { readonly [name: string]: unknown }): { [name: string]: FilterOrPolicy } {
  return Object.fromEntries(Object.entries(filter).map(([name, value]) => [name, Array.isArray(value)
    ? FilterOrPolicy.filter(new SubscriptionFilter(value as unknown[]))
    : FilterOrPolicy.policy(bodyFilter(value as { [field: string]: unknown }))]));
}

/** A filter on attributes as the CDK has it. */
export function attributeFilter(filter: { readonly [name: string]: unknown }): { [name: string]: SubscriptionFilter } {
  return Object.fromEntries(Object.entries(filter).map(([name, value]) => [name, new SubscriptionFilter(value as unknown[])]));
}
