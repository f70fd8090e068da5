/** The side of a contender: a process of its own that does what the test asks of it, one answer for each task. */
export type Tasks = Record<string, (argument: never) => Promise<unknown>>;

export interface Asked {
  readonly id: number;
  readonly task: string;
  readonly argument: unknown;
}
export interface Answered {
  readonly id?: number;
  readonly result?: unknown;
  readonly error?: { readonly name: string; readonly message: string; readonly stack?: string };
  /** Something told in between. */
  readonly told?: unknown;
}

/** Tells the test something before the task is done: that the lock is held, so that it can kill or pause this process now. */
export function tell(told: unknown): void {
  process.send!({ told } satisfies Answered);
}

export function serve(tasks: Tasks): void {
  process.on('message', ({ id, task, argument }: Asked) => {
    const answer = (answered: Answered) => process.send!({ id, ...answered });
    tasks[task]!(argument as never).then((result) => answer({ result }), (thrown: Error) => {
      const { name, message, stack } = thrown;
      answer({ error: { name, message, stack } });
    });
  });
  // The test is gone: nobody is there to stop this process.
  process.on('disconnect', () => process.exit());
  process.send!({ told: 'ready' } satisfies Answered);
}
