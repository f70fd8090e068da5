/** Whether this is the long run: `npm run test:contention`. `npm test` does the same with smaller numbers. */
export const FULL = process.env.CONTENTION === 'full';

/** How often, how many: one number for the long run, one for `npm test`. */
export const scaled = (full: number, short: number): number => FULL ? full : short;
