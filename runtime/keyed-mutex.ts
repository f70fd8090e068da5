/**
 * Runs tasks of the same key one after another, in the order in which they came; tasks of different keys run at the
 * same time. It orders work inside one process only: it is not a distributed lock.
 */
export class KeyedMutex {
  private readonly tails = new Map<string, Promise<void>>();

  /**
   * Runs a task when every earlier task of its key has settled.
   *
   * @returns what the task returns; a failed task fails its own caller only
   */
  public async runExclusive<Result>(key: string, task: () => Promise<Result>): Promise<Result> {
    const turn = (this.tails.get(key) ?? Promise.resolve()).then(task);
    const tail = turn.then(ignore, ignore);
    this.tails.set(key, tail);
    try {
      return await turn;
    } finally {
      // The last one out forgets the key, or the map would grow with every key ever seen.
      if (this.tails.get(key) === tail) {
        this.tails.delete(key);
      }
    }
  }
}

function ignore(): void {}
