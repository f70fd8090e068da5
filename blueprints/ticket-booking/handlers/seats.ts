import {
  DynamoDbLocks, Holds, lazily, type SagaCall, type SagaFailures, SagaRefused, sagaStep, type SagaUndoCall, sagaUndo, tableName,
} from '../../../runtime';
import type { Checkout } from '../domain/checkout';
import { Orders } from '../domain/orders';
import { SeatHolds } from '../domain/seat-holds';
import { documentClient } from './support/clients';
import { openDatabase } from './support/database';

type Call = SagaCall<Checkout> | SagaUndoCall<Checkout>;

interface SeatsDependencies {
  readonly orders: Orders;
  readonly holds: SeatHolds;
}

/** The steps `Check` and `Confirm` of the saga, around the payment, and the undo of the first, which is the last to run. */
export function seatsHandler({ orders, holds }: SeatsDependencies): (call: Call) => Promise<unknown> {
  const check = sagaStep<Checkout, object>(async ({ input }) => {
    refuseBecause(await orders.check(input.orderId));
    return {};
  });
  const confirm = sagaStep<Checkout, object>(async ({ input }) => {
    refuseBecause(await orders.confirm(input.orderId));
    return {};
  });
  const release = sagaUndo<Checkout>(async ({ input, failed }) => {
    await orders.refuse(input.orderId, reasonOf(failed));
    const order = await orders.find(input.orderId);
    const hold = order && await holds.find(order.token);
    if (hold) {
      await holds.release(hold);
    }
  });
  return (call) => {
    if ('undoes' in call) {
      return release(call);
    }
    return call.key.endsWith('/Confirm/do') ? confirm(call) : check(call);
  };
}

function refuseBecause(reason: string | undefined): void {
  if (reason !== undefined) {
    throw new SagaRefused(reason);
  }
}

function reasonOf({ do: steps = {} }: SagaFailures): string {
  if (steps.Confirm?.Error === 'SagaRefused') {
    return 'Somebody else has held one of these seats since; the payment was taken back.';
  }
  return steps.Charge?.Error === 'SagaRefused' ? 'The card was declined.' : 'The payment did not come through; nothing is charged.';
}

export const handler = lazily(() => {
  const database = openDatabase();
  const locks = new Holds({ backend: new DynamoDbLocks({ documents: documentClient(), tableName: tableName('LOCKS') }) });
  return seatsHandler({ orders: new Orders(database), holds: new SeatHolds({ database, locks }) });
});
