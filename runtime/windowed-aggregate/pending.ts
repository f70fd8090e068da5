import { check, type Measurement } from './measurement';
import { isoTime, type ShardPosition } from './rows';
import { LATE, merge, NOTHING, one, type Totals } from './totals';

/** A record of a shard, as what it measures. */
export interface ShardRecord {
  /** Its place in the shard: a whole number as text, greater than that of the record before. */
  readonly sequenceNumber: string;
  /** When the stream took it, in milliseconds of the epoch. */
  readonly arrivedAt: number;
  readonly measurements: readonly Measurement[];
}

/** What a window of a series gets. */
export interface Share {
  readonly series: string;
  readonly start: number;
  totals: Totals;
}

/** Records of one shard that are written together: what each window gets, and where the shard then is. */
export class Pending {
  public readonly shares = new Map<string, Share>();
  public records = 0;
  public late = 0;

  private position?: string;
  private watermark: number;

  constructor(from: ShardPosition, private readonly window: number, private readonly lateness: number) {
    this.position = from.position;
    this.watermark = from.watermark;
  }

  /** Where the shard is once this is written. */
  public get reached(): ShardPosition {
    return { position: this.position, watermark: this.watermark };
  }

  /** Whether a record is in the totals already. */
  public hasSeen({ sequenceNumber }: ShardRecord): boolean {
    return this.position !== undefined && BigInt(sequenceNumber) <= BigInt(this.position);
  }

  /** How many windows there would be with this record. */
  public sizeWith({ measurements }: ShardRecord): number {
    const keys = new Set(measurements.map((measurement) => this.keyOf(measurement)));
    return this.shares.size + [...keys].filter((key) => !this.shares.has(key)).length;
  }

  /**
   * What is late is judged record by record and by nothing but the records, so that batches of any size, and every replay of
   * the shard, come to the same totals.
   */
  public add({ sequenceNumber, arrivedAt, measurements }: ShardRecord): void {
    let newest = 0;
    for (const measurement of measurements) {
      const { series, at, value = 1 } = measurement;
      const start = this.startOf(at);
      const isLate = start + this.window <= this.watermark;
      const key = this.keyOf(measurement);
      const share = this.shares.get(key) ?? { series, start, totals: NOTHING };
      share.totals = merge(share.totals, isLate ? LATE : one(value));
      this.shares.set(key, share);
      this.late += Number(isLate);
      // A clock that runs ahead must not close windows that others still fill.
      newest = Math.max(newest, Math.min(at, arrivedAt));
    }
    this.watermark = Math.max(this.watermark, newest - this.lateness);
    this.position = sequenceNumber;
    this.records += 1;
  }

  private keyOf(measurement: Measurement): string {
    check(measurement);
    return `${isoTime(this.startOf(measurement.at))}/${measurement.series}`;
  }

  private startOf(at: number): number {
    return Math.floor(at / this.window) * this.window;
  }
}
