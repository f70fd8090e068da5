import type { Stack } from 'aws-cdk-lib';
import { ApiGateway, FunctionService, Handler } from '../../../lib';
import { CODE } from '../support/code';

/** An HTTP API whose every path is answered by a function. */
export function build(stack: Stack): void {
  const service = new FunctionService(stack, 'Service', { handler: Handler.fromCode(CODE) });
  new ApiGateway(stack, 'Api').route('ANY /{path+}', service);
}
