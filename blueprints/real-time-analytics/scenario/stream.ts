import {
  GetRecordsCommand, GetShardIteratorCommand, KinesisClient, ListShardsCommand, type _Record as StreamRecord,
} from '@aws-sdk/client-kinesis';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { ClientSettings, World } from '../../scenario';

/** A client for streams, over HTTP/1.1: a local AWS cuts long answers off over HTTP/2. */
export class StreamClient extends KinesisClient {
  constructor(settings: ClientSettings) {
    super({ ...settings, requestHandler: new DynamoDBClient(settings).config.requestHandler });
  }
}

/** A record of the stream, and where it is. */
export interface Placed {
  readonly shard: string;
  readonly record: StreamRecord;
  readonly data: string;
}

/** Every record that the stream keeps, shard by shard: what the scenario holds everything else against. */
export async function recordsOf(world: World): Promise<Placed[]> {
  const kinesis = world.client(StreamClient);
  const StreamName = world.outputs.EventsStream;
  const { Shards = [] } = await kinesis.send(new ListShardsCommand({ StreamName }));
  const all = await Promise.all(Shards.map(async ({ ShardId }) => {
    const placed: Placed[] = [];
    const first = new GetShardIteratorCommand({ StreamName, ShardId, ShardIteratorType: 'TRIM_HORIZON' });
    let { ShardIterator } = await kinesis.send(first);
    while (ShardIterator !== undefined) {
      const page = await kinesis.send(new GetRecordsCommand({ ShardIterator, Limit: 2000 }));
      const { Records = [], MillisBehindLatest = 0, NextShardIterator } = page;
      placed.push(...Records.map((record) => ({ shard: ShardId!, record, data: Buffer.from(record.Data!).toString('utf8') })));
      ShardIterator = Records.length === 0 && MillisBehindLatest === 0 ? undefined : NextShardIterator;
    }
    return placed;
  }));
  return all.flat();
}
