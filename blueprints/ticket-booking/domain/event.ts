/** Something that tickets are sold for. */
export interface Event {
  readonly id: string;
  readonly name: string;
  readonly venue: string;
  readonly city: string;
  /** ISO 8601, UTC. */
  readonly startsAt: string;
  /** What one seat costs. */
  readonly cents: number;
  /** How many seats each row has: `{ A: 20 }` has the seats `A-1` to `A-20`. */
  readonly rows: Readonly<Record<string, number>>;
}

/** Those of the seats that the event does not have. */
export function unknownSeats({ rows }: Event, seats: readonly string[]): string[] {
  return seats.filter((seat) => {
    const [, row = '', number] = /^(.+)-([1-9]\d*)$/.exec(seat) ?? [];
    return !(Object.hasOwn(rows, row) && Number(number) <= rows[row]!);
  });
}
