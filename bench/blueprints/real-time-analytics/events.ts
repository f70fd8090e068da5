import { randomInt } from 'node:crypto';
import type { KinesisStreamEvent, KinesisStreamRecord } from 'aws-lambda';

import { KINDS, type PostEvent, REGIONS } from '../../../blueprints/real-time-analytics/domain/event';

/** As many as the prices of the page are told for: a batch touches some 90 windows. */
const POSTS = 20;
const STREAM = 'arn:aws:kinesis:us-east-1:123456789012:stream/events';

/** One shard of the stream: events that just happened, in batches as Lambda hands them over. */
export class Shard {
  /** How many events of each kind were handed over. */
  public readonly told = new Map<string, number>();
  private sequence = 0n;

  constructor(private readonly name: string) {}

  /** The next events. */
  public batch(size: number): KinesisStreamEvent {
    return { Records: Array.from({ length: size }, () => this.record()) };
  }

  private record(): KinesisStreamRecord {
    const event = this.event();
    this.told.set(event.kind, (this.told.get(event.kind) ?? 0) + 1);
    const sequenceNumber = String(this.sequence += 1n);
    return {
      eventID: `${this.name}:${sequenceNumber}`, eventSourceARN: STREAM,
      kinesis: {
        data: Buffer.from(JSON.stringify(event)).toString('base64'), sequenceNumber, partitionKey: event.post,
        approximateArrivalTimestamp: Date.now() / 1000,
      },
    } as KinesisStreamRecord;
  }

  private event(): PostEvent {
    const kind = KINDS[randomInt(KINDS.length)]!;
    return {
      id: `${this.name}-${this.sequence}`, post: `post-${randomInt(POSTS)}`, kind, region: REGIONS[randomInt(REGIONS.length)]!,
      at: new Date().toISOString(), ...kind === 'delivered' && { milliseconds: randomInt(60_000) },
    };
  }
}
