import type { Stack } from 'aws-cdk-lib';
import { FunctionService, Handler, RestApiGateway } from '../../../lib';
import { CODE } from '../support/code';

/** A REST API whose every path is answered by a function. */
export function build(stack: Stack): void {
  const service = new FunctionService(stack, 'Service', { handler: Handler.fromCode(CODE) });
  new RestApiGateway(stack, 'Api').route('ANY /{path+}', service);
}
