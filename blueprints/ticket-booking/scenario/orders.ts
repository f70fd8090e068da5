import * as assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Step, World } from '../../scenario';
import { depth, eventually, inParallel, send } from '../../scenario-tools';
import { assertProblem, ended, hold, moneyOf, order, postOrder, putEvent, seatsOf, type ShownOrder } from './calls';

export const chargesOnce: Step = {
  proves: 'the same order sent five times is one order and one charge',
  fault: 'repeated requests',
  run: async (world) => {
    const eventId = await putEvent(world);
    const { holdToken } = await hold(world, eventId, ['A-1', 'A-2']);
    const key = randomUUID();
    const send5 = await inParallel(Array.from({ length: 5 }), 5, () => eventually(world, async () => {
      const response = await postOrder(world, holdToken, 'tok_visa', key);
      assert.equal(response.status, 202, `POST /orders answered ${response.status}: ${await response.clone().text()}`);
      return await response.json() as ShownOrder;
    }));
    const ids = new Set(send5.map(({ id }) => id));
    assert.equal(ids.size, 1, `${ids.size} orders`);
    const [id] = [...ids];
    assert.equal((await ended(world, id!)).status, 'CONFIRMED');
    // Under another key it is the same order still: a hold is ordered once.
    const again = await (await postOrder(world, holdToken)).json() as ShownOrder;
    assert.deepEqual([again.id, again.status], [id, 'CONFIRMED']);
    assert.deepEqual(await moneyOf(world, id!), { charges: 1, refunds: 0 });
    assert.deepEqual((await seatsOf(world, eventId)).sold, ['A-1', 'A-2']);
    await assertProblem(await postOrder(world, holdToken, 'tok_other', key), 422, 'another order under the same key');
    return '5 requests, 1 order, 1 charge, both seats sold; 422 for another order under the key';
  },
};

export const declinedFreesSeats: Step = {
  proves: 'when the card is declined nothing is charged and the seats are free again',
  fault: 'a declined card',
  run: async (world) => {
    const eventId = await putEvent(world);
    const { holdToken } = await hold(world, eventId, ['A-1', 'A-2']);
    const { id } = await order(world, holdToken, 'tok_declined');
    const refused = await ended(world, id);
    assert.deepEqual([refused.status, refused.reason], ['REFUSED', 'The card was declined.']);
    assert.deepEqual(await moneyOf(world, id), { charges: 0, refunds: 0 });
    await eventually(world, () => hold(world, eventId, ['A-1', 'A-2']), 20);
    return 'REFUSED, 0 charges, both seats held by the next one';
  },
};

export const hangingPaymentIsUndone: Step = {
  proves: 'when the provider never answers, what it has charged is taken back once and the seats are free again',
  fault: 'a provider that hangs',
  beside: true,
  run: async (world) => {
    const eventId = await putEvent(world);
    const { holdToken } = await hold(world, eventId, ['A-1', 'A-2']);
    const { id } = await order(world, holdToken, 'tok_hangs');
    const began = Date.now();
    const refused = await ended(world, id, 120);
    assert.equal(refused.status, 'REFUSED');
    assert.deepEqual(await moneyOf(world, id), { charges: 1, refunds: 1 });
    await eventually(world, () => hold(world, eventId, ['A-1', 'A-2']), 20);
    return `1 charge, 1 refund after ${Math.round((Date.now() - began) / 1000)} s; both seats held by the next one`;
  },
};

/** More than the door lets wait. */
const CROWD = 220;
const HELD_BACK_SECONDS = 10;

export const waitingRoomCloses: Step = {
  proves: 'while too many orders wait for their payment, further ones are asked to come back, and are taken once there are fewer',
  fault: 'a backlog above the limit',
  run: async (world) => {
    const eventId = await putEvent(world);
    const paid = await order(world, (await hold(world, eventId, ['A-1'])).holdToken);
    assert.equal((await ended(world, paid.id)).status, 'CONFIRMED');
    // The order that is paid, again and again: each takes its place in the queue, and none does anything.
    const again = JSON.stringify({ orderId: paid.id, cents: 5000, card: 'tok_visa' });
    await send(world, world.outputs.OrdersQueue!, Array.from({ length: CROWD }, () => again), HELD_BACK_SECONDS);
    const { holdToken, retryAfter } = await refusedAtTheDoor(world, eventId);
    const began = Date.now();
    const taken = await order(world, holdToken);
    const waited = Math.round((Date.now() - began) / 1000);
    assert.equal((await ended(world, taken.id)).status, 'CONFIRMED');
    assert.deepEqual(await moneyOf(world, paid.id), { charges: 1, refunds: 0 }, 'the order that came again and again');
    return `503 with Retry-After ${retryAfter} above ${CROWD} orders, 202 after ${waited} s; 1 charge for the order that came ${CROWD + 1} times`;
  },
};

/** Orders until the door is closed: each process looks at the queue once a second. */
async function refusedAtTheDoor(world: World, eventId: string): Promise<{ holdToken: string; retryAfter: number }> {
  for (let seat = 1; seat <= 40; seat++) {
    const { holdToken } = await hold(world, eventId, [`B-${seat}`]);
    const response = await postOrder(world, holdToken);
    if (response.status === 503) {
      await assertProblem(response, 503, 'an order above the limit');
      const retryAfter = Number(response.headers.get('retry-after'));
      assert.ok(retryAfter >= 1, `Retry-After is ${response.headers.get('retry-after')}`);
      return { holdToken, retryAfter };
    }
    assert.equal(response.status, 202, `POST /orders answered ${response.status}`);
    await sleep(200, undefined, { signal: world.signal });
  }
  return assert.fail(`every order was taken, with ${await depth(world, world.outputs.OrdersQueue!)} waiting`);
}

export const survivesKilledPayment: Step = {
  proves: 'a payment whose worker is killed is charged once and its order confirmed',
  fault: 'the processes of the payment and of the queue are killed while they work',
  localOnly: true,
  run: async (world) => {
    const eventId = await putEvent(world);
    let killed = 0;
    let orders = 0;
    // A kill between two payments hits nobody at work: such a round proves nothing and is repeated.
    for (; orders < 6 && killed === 0; orders++) {
      const { holdToken } = await hold(world, eventId, [`A-${orders + 1}`]);
      const { id } = await order(world, holdToken, 'tok_late');
      await eventually(world, async () => assert.equal((await moneyOf(world, id)).charges, 1, 'the payment has not begun'), 30);
      await sleep(200, undefined, { signal: world.signal });
      killed += await world.killWorkers(world.outputs.PaymentsFunction!);
      await world.killWorkers(world.outputs.CheckOutFunction!);
      assert.equal((await ended(world, id, 120)).status, 'CONFIRMED');
      assert.deepEqual(await moneyOf(world, id), { charges: 1, refunds: 0 });
    }
    assert.ok(killed > 0, 'no payment was under way when its worker was to be killed');
    return `${killed} workers killed after the charge and before its answer; CONFIRMED, 1 charge`;
  },
};
