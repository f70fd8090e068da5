import {
  GetRecordsCommand, GetShardIteratorCommand, type KinesisClient, ListShardsCommand, type _Record as StreamRecord,
} from '@aws-sdk/client-kinesis';
import type { Applied, StructuredLogger, WindowedAggregate } from '../../../runtime';
import { measure, parseEvent } from './event';

/** What a Replayer works with. */
export interface ReplayerOptions {
  readonly kinesis: Pick<KinesisClient, 'send'>;
  readonly streamArn: string;
  readonly aggregate: Pick<WindowedAggregate, 'apply' | 'positionOf'>;
  readonly logger: StructuredLogger;
  /** Whether there is time for another page. */
  readonly mayGoOn: () => boolean;
}

/** What a replay has done. */
export interface Replayed extends Applied {
  /** Records that cannot be read: they are passed over. */
  poisoned: number;
  /** Whether it has caught up; when it has not, call it again with the same generation: it goes on where it stopped. */
  done: boolean;
}

/** Reads a stream again, shard by shard, into another generation of the windows. The other groups notice nothing. */
export class Replayer {
  constructor(private readonly options: ReplayerOptions) {}

  /** @param from the time whose records come first; the oldest that is kept when left out */
  public async run(from?: Date): Promise<Replayed> {
    const { streamArn: StreamARN } = this.options;
    const stream = StreamARN.slice(StreamARN.indexOf('/') + 1);
    const total = { records: 0, repeated: 0, late: 0, poisoned: 0, done: true };
    for (const shardId of await this.shards()) {
      const shard = `${stream}/${shardId}`;
      let iterator = await this.iterator(shardId, await this.options.aggregate.positionOf(shard), from);
      while (iterator !== undefined) {
        if (!this.options.mayGoOn()) {
          return { ...total, done: false };
        }
        const page = await this.options.kinesis.send(new GetRecordsCommand({ StreamARN, ShardIterator: iterator, Limit: 2000 }));
        const records = page.Records ?? [];
        const readable = this.readable(shard, records);
        const applied = await this.options.aggregate.apply(shard, readable);
        total.records += applied.records;
        total.repeated += applied.repeated;
        total.late += applied.late;
        total.poisoned += records.length - readable.length;
        iterator = records.length === 0 && (page.MillisBehindLatest ?? 0) === 0 ? undefined : page.NextShardIterator;
      }
    }
    return total;
  }

  private readable(shard: string, records: readonly StreamRecord[]) {
    return records.flatMap(({ Data, SequenceNumber: sequenceNumber, ApproximateArrivalTimestamp }) => {
      try {
        const measurements = measure(parseEvent(JSON.parse(Buffer.from(Data!).toString('utf8'))));
        return [{ sequenceNumber: sequenceNumber!, arrivedAt: Number(ApproximateArrivalTimestamp), measurements }];
      } catch {
        this.options.logger.warn('record passed over', { shard, sequenceNumber });
        return [];
      }
    });
  }

  private async shards(): Promise<string[]> {
    const ids: string[] = [];
    let NextToken: string | undefined;
    do {
      const where = NextToken ? { NextToken } : { StreamARN: this.options.streamArn };
      const page = await this.options.kinesis.send(new ListShardsCommand(where));
      ids.push(...(page.Shards ?? []).map(({ ShardId }) => ShardId!));
      NextToken = page.NextToken;
    } while (NextToken);
    return ids;
  }

  private async iterator(ShardId: string, position?: string, from?: Date): Promise<string | undefined> {
    const start = position !== undefined
      ? { ShardIteratorType: 'AFTER_SEQUENCE_NUMBER' as const, StartingSequenceNumber: position }
      : from ? { ShardIteratorType: 'AT_TIMESTAMP' as const, Timestamp: from } : { ShardIteratorType: 'TRIM_HORIZON' as const };
    const command = new GetShardIteratorCommand({ StreamARN: this.options.streamArn, ShardId, ...start });
    return (await this.options.kinesis.send(command)).ShardIterator;
  }
}
