import type { Stack } from 'aws-cdk-lib';
import { Access, FunctionService, Handler, Network, RelationalDatabase } from '../../../lib';
import { CODE } from '../support/code';

/** A database, and a function that signs in to it, in a network of their own. */
export function build(stack: Stack): void {
  const service = new FunctionService(stack, 'Service', { handler: Handler.fromCode(CODE), network: Network.of(stack) });
  service.use(new RelationalDatabase(stack, 'Orders'), Access.READ_WRITE);
}
