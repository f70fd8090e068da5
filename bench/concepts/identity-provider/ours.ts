import type { Stack } from 'aws-cdk-lib';
import { Access, FunctionService, Handler, IdentityProvider } from '../../../lib';
import { CODE } from '../support/code';

/** Users with passwords, an application that signs them in, and a function that looks them up. */
export function build(stack: Stack): void {
  const service = new FunctionService(stack, 'Service', { handler: Handler.fromCode(CODE) });
  service.use(new IdentityProvider(stack, 'Accounts'), Access.READ);
}
