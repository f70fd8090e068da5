/** What was last seen of the keys used last. It is a guess that saves a round trip, never the truth. */
export class Remembered<Seen> {
  private readonly seen = new Map<string, Seen>();

  constructor(private readonly most: number) {}

  public get(key: string): Seen | undefined {
    return this.seen.get(key);
  }

  public forget(key: string): void {
    this.seen.delete(key);
  }

  public set(key: string, seen: Seen): void {
    // A map keeps the order in which keys were put in: the first one is the one that was not used for longest.
    this.seen.delete(key);
    this.seen.set(key, seen);
    if (this.seen.size > this.most) {
      this.seen.delete(this.seen.keys().next().value!);
    }
  }
}
