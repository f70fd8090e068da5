import { round, type Sizing, type TrafficEstimate } from '../core/traffic-estimate';

/** Simple statements by a key that one ACU carries a second: an assumption to be measured, on the safe side. */
const STATEMENTS_OF_AN_ACU = 250;
/** The share of its most that capacity is planned to, so that it has room to grow before it scales. */
const PLANNED_SHARE = 0.7;
/** How long a request holds its connection when nobody says how long it may take, in seconds. */
const USUAL_HOLD_SECONDS = 0.02;

/** How many connections a server of so many ACUs takes (Aurora User Guide, "Maximum connections for Aurora Serverless v2"). */
export function maxConnections(minCapacity: number, maxCapacity: number): number {
  const byMemory = Math.floor(189 + 211 * (maxCapacity - 1));
  return Math.min(byMemory, minCapacity <= 0.5 ? 2000 : 5000);
}

/** The capacity and the connections that follow from traffic. */
export function sizeDatabase(traffic: TrafficEstimate): { readonly maxCapacity: number; readonly sizing: Sizing[] } {
  const peak = traffic.peakRequestsPerSecond;
  const wanted = peak / STATEMENTS_OF_AN_ACU / PLANNED_SHARE;
  const maxCapacity = Math.min(256, Math.max(1, Math.ceil(wanted * 2) / 2));
  const hold = traffic.p99 ? traffic.p99.toSeconds({ integral: false }) : USUAL_HOLD_SECONDS;
  const connections = Math.max(1, Math.ceil(peak * hold));
  return {
    maxCapacity,
    sizing: [
      {
        name: 'maxCapacity',
        value: maxCapacity,
        unit: 'ACUs',
        arithmetic: `${round(peak)} statements/s / ${STATEMENTS_OF_AN_ACU} an ACU / ${PLANNED_SHARE} = ${round(wanted)}; from 1 to 256 in halves -> ${maxCapacity}`,
      },
      {
        name: 'connections',
        value: connections,
        unit: 'connections in use at once',
        arithmetic: `${round(peak)} requests/s x ${round(hold)} s = ${round(peak * hold)} -> ${connections}`,
      },
    ],
  };
}
