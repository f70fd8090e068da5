import { Stack, Token } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

/** Where CloudFront has its certificates, firewalls, metrics and logs. */
export const US_EAST_1 = 'us-east-1';

/** The region of a construct's stack; undefined when it is known only at deployment. */
export function regionOf(construct: IConstruct): string | undefined {
  const { region } = Stack.of(construct);
  return Token.isUnresolved(region) ? undefined : region;
}

/** Whether a construct is known to be in us-east-1. */
export const isInUsEast1 = (construct: IConstruct) => regionOf(construct) === US_EAST_1;
