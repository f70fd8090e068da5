/** How far a stream is known to reach. */
export interface Head {
  readonly version: number;
  /** The time of that event; empty text for a stream without events. */
  readonly at: string;
}

export const NO_EVENTS: Head = { version: 0, at: '' };
const MOST_STREAMS = 10_000;

/** What this process knows of streams: events that exist never vanish, so this can be too low but never wrong. */
export class Heads {
  private readonly heads = new Map<string, Head>();

  public of(stream: string): Head | undefined {
    return this.heads.get(stream);
  }

  public note(stream: string, head: Head): void {
    const known = this.heads.get(stream);
    if (head.version === 0 || known && known.version >= head.version) {
      return;
    }
    // Set anew, it is the youngest; the oldest goes when there are too many.
    this.heads.delete(stream);
    this.heads.set(stream, head);
    if (this.heads.size > MOST_STREAMS) {
      this.heads.delete(this.heads.keys().next().value!);
    }
  }
}
