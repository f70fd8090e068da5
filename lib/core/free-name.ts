import { Aws, Fn, Names } from 'aws-cdk-lib';
import type { Construct } from 'constructs';

/**
 * A name for what cannot do without one: at most 38 characters, lower case. It holds a part of the stack's id, so that it
 * is free again when the stack was deleted and what it named was kept.
 */
export function freeName(scope: Construct): string {
  const uuid = Fn.select(2, Fn.split('/', Aws.STACK_ID));
  return Fn.join('-', [Names.uniqueResourceName(scope, { maxLength: 25 }).toLowerCase(), Fn.select(4, Fn.split('-', uuid))]);
}
