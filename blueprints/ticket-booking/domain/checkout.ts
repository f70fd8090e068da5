import * as v from 'valibot';

// Unknown fields are dropped, not refused: a message may have been sent by the next version of this code.
const CHECKOUT = v.object({
  orderId: v.pipe(v.string(), v.uuid()),
  cents: v.pipe(v.number(), v.integer()),
  card: v.string(),
});

/** An order on its way to be paid: a message of the queue, and what the saga is started with. */
export type Checkout = v.InferOutput<typeof CHECKOUT>;

/** @throws ValiError or SyntaxError for what is no checkout; such a message is set aside after its attempts */
export const parseCheckout = (body: string): Checkout => v.parse(CHECKOUT, JSON.parse(body));
