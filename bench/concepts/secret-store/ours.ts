import type { Stack } from 'aws-cdk-lib';
import { Access, FunctionService, Handler, SecretStore } from '../../../lib';
import { CODE } from '../support/code';

/** A generated secret, and a function that reads it. */
export function build(stack: Stack): void {
  const service = new FunctionService(stack, 'Service', { handler: Handler.fromCode(CODE) });
  service.use(new SecretStore(stack, 'Key'), Access.READ);
}
