/** The function was called by something that is no SingletonCron. */
export class CronEventError extends Error {
  public override readonly name = 'CronEventError';
}

/** The slot was run to its end, and somebody else had taken it over meanwhile: it may have been run twice. */
export class SlotTakenOverError extends Error {
  public override readonly name = 'SlotTakenOverError';

  constructor(public readonly slot: string, public readonly fence: number) {
    super(`the slot ${slot} was taken over while it was run (fence ${fence})`);
  }
}
