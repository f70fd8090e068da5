import type { Stack } from 'aws-cdk-lib';
import { Access, FunctionService, Handler, Network, SharedFileSystem } from '../../../lib';
import { CODE } from '../support/code';

/** Files, and a function that reads and writes them, in a network of their own. */
export function build(stack: Stack): void {
  const service = new FunctionService(stack, 'Service', { handler: Handler.fromCode(CODE), network: Network.of(stack) });
  service.use(new SharedFileSystem(stack, 'Files'), Access.READ_WRITE);
}
