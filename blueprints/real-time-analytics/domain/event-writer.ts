import { type KinesisClient, PutRecordsCommand } from '@aws-sdk/client-kinesis';
import { type Clock, systemClock } from '../../../runtime';
import type { Numbered } from './batch';

/** What an EventWriter works with. */
export interface EventWriterOptions {
  readonly kinesis: Pick<KinesisClient, 'send'>;
  readonly streamName: string;
  /** The field of an event by which events stay in order. */
  readonly partitionKey: string;
  readonly clock?: Clock;
  readonly random?: () => number;
}

const ATTEMPTS = 5;
const FIRST_PAUSE_MILLISECONDS = 50;

/** Puts events into the stream. Kinesis takes a batch in part when a shard is full: what it refused is sent again. */
export class EventWriter {
  private readonly clock: Clock;
  private readonly random: () => number;

  constructor(private readonly options: EventWriterOptions) {
    this.clock = options.clock ?? systemClock;
    this.random = options.random ?? Math.random;
  }

  /** Resolves to the events that the stream refused at every attempt. */
  public async write(events: readonly Numbered[]): Promise<readonly Numbered[]> {
    const { kinesis, streamName, partitionKey } = this.options;
    let left = events;
    for (let attempt = 0; left.length > 0 && attempt < ATTEMPTS; attempt++) {
      if (attempt > 0) {
        await this.clock.sleep(this.random() * FIRST_PAUSE_MILLISECONDS * 2 ** attempt);
      }
      const { Records = [] } = await kinesis.send(new PutRecordsCommand({
        StreamName: streamName,
        Records: left.map(({ event }) => ({
          PartitionKey: String(event[partitionKey as keyof typeof event]),
          // A line of its own in the archive, which puts records one behind the other.
          Data: Buffer.from(`${JSON.stringify(event)}\n`),
        })),
      }));
      left = left.filter((_, index) => Records[index]?.ErrorCode !== undefined);
    }
    return left;
  }
}
