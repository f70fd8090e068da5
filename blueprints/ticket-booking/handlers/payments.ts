import { lazily, type SagaCall, SagaRefused, sagaStep, type SagaUndoCall, sagaUndo, type StructuredLogger, tableName } from '../../../runtime';
import type { Checkout } from '../domain/checkout';
import { type PaymentProvider, SandboxPayments } from '../domain/payments';
import { documentClient } from './support/clients';
import { logger } from './support/logger';

type Call = SagaCall<Checkout> | SagaUndoCall<Checkout>;

/**
 * The step `Charge` of the saga and its undo. The key of the step is the key of the payment: tried again, it charges nothing
 * more.
 */
export function paymentsHandler(provider: PaymentProvider, log: StructuredLogger): (call: Call) => Promise<unknown> {
  const charge = sagaStep<Checkout, { payment: string }>(async ({ key, input }) => {
    const payment = await provider.charge(key, input);
    if (payment === undefined) {
      throw new SagaRefused('the card was declined');
    }
    log.info('charged', { orderId: input.orderId, payment });
    return { payment };
  });
  const refund = sagaUndo<Checkout>(async ({ undoes, input }) => {
    await provider.cancel(undoes);
    log.info('payment cancelled', { orderId: input.orderId, payment: undoes });
  });
  return (call) => 'undoes' in call ? refund(call) : charge(call);
}

export const handler = lazily(() => paymentsHandler(
  new SandboxPayments({ documents: documentClient(), tableName: tableName('PAYMENTS') }), logger,
));
