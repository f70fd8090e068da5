import { Aws, Fn } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

/**
 * A name for what CloudFront insists on having named, and names once in an account, in all its regions: it ends with the id of
 * the stack, so that the same app can be deployed twice. The CDK's own names would meet. At most 64 characters.
 */
export function globalName(scope: IConstruct, id: string): string {
  return `${id.slice(0, 18)}-${scope.node.addr.slice(-8)}-${Fn.select(2, Fn.split('/', Aws.STACK_ID))}`;
}
