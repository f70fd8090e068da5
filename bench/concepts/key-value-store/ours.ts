import type { Stack } from 'aws-cdk-lib';
import { Access, FunctionService, Handler, KeyValueStore } from '../../../lib';
import { CODE } from '../support/code';

/** A table, and a function that reads and writes it. */
export function build(stack: Stack): void {
  const service = new FunctionService(stack, 'Service', { handler: Handler.fromCode(CODE) });
  service.use(new KeyValueStore(stack, 'Store', { partitionKey: 'id' }), Access.READ_WRITE);
}
