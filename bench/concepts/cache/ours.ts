import type { Stack } from 'aws-cdk-lib';
import { Access, Cache, FunctionService, Handler, Network } from '../../../lib';
import { CODE } from '../support/code';

/** A cache, and a function that reads and writes it, in a network of their own. */
export function build(stack: Stack): void {
  const service = new FunctionService(stack, 'Service', { handler: Handler.fromCode(CODE), network: Network.of(stack) });
  service.use(new Cache(stack, 'Cache'), Access.READ_WRITE);
}
