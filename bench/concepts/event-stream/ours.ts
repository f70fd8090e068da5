import type { Stack } from 'aws-cdk-lib';
import { EventStream, FunctionService, Handler } from '../../../lib';
import { CODE } from '../support/code';

/** A stream, read by a function. */
export function build(stack: Stack): void {
  const reader = new FunctionService(stack, 'Reader', { handler: Handler.fromCode(CODE) });
  new EventStream(stack, 'Events', { partitionKey: 'id' }).consumedBy(reader, { idempotent: true });
}
