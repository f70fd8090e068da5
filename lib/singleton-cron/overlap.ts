/** What happens to a run that is due while another one is still at work. */
export enum Overlap {
  /** It is left out. */
  SKIP = 'skip',
  /** It waits for the other one, as long as half of the timeout of the worker, and again with every retry. */
  WAIT = 'wait',
  /** Both are at work, each on its own slot. */
  ALLOW = 'allow',
}
