import type { Scenario } from '../scenario';
import { changesReachTheCache, readsFromTheCache, survivesTheCache, survivesTheDatabase } from './scenario/catalogue';
import { allOrNone, deadWinnerIsRefused, givenBackIsFree, latePaymentIsTakenBack, limitsEachUser, oneOfManyWins } from './scenario/holds';
import { chargesOnce, declinedFreesSeats, hangingPaymentIsUndone, survivesKilledPayment, waitingRoomCloses } from './scenario/orders';

/** What must be true of a ticket-booking. */
export const SCENARIO: Scenario = {
  steps: [
    readsFromTheCache,
    oneOfManyWins,
    allOrNone,
    givenBackIsFree,
    chargesOnce,
    deadWinnerIsRefused,
    latePaymentIsTakenBack,
    declinedFreesSeats,
    hangingPaymentIsUndone,
    survivesKilledPayment,
    limitsEachUser,
    waitingRoomCloses,
    changesReachTheCache,
    survivesTheCache,
    survivesTheDatabase,
  ],
};
