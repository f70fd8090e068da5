import type { Stack } from 'aws-cdk-lib';
import { FunctionService, Handler, WorkQueue } from '../../../lib';
import { CODE } from '../support/code';

/** A queue with dead letters, worked by a function. */
export function build(stack: Stack): void {
  const worker = new FunctionService(stack, 'Worker', { handler: Handler.fromCode(CODE) });
  new WorkQueue(stack, 'Queue').consumedBy(worker, { idempotent: true });
}
