import type { Stack } from 'aws-cdk-lib';
import { Access, FanOut, FunctionService, Handler, WorkQueue } from '../../../lib';
import { CODE } from '../support/code';

/** A function that publishes, and two queues: one takes everything, the other what it filters. */
export function build(stack: Stack): void {
  const orders = new FanOut(stack, 'Orders');
  orders.subscribe(new WorkQueue(stack, 'All'));
  orders.subscribe(new WorkQueue(stack, 'Placed'), { filter: { kind: ['placed'] } });
  new FunctionService(stack, 'Service', { handler: Handler.fromCode(CODE) }).use(orders, Access.WRITE);
}
