/** The servers that everything is measured against, and clients that count. */
import { CreateTableCommand, DynamoDBClient, UpdateTimeToLiveCommand } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { Redis } from 'ioredis';

import { type LocalAws, startLocalAws, Valkey } from '../../local';
import { installPeers, type Peer } from './peers';

/** A client with the number of its round trips. */
export interface Counted<Client> {
  readonly client: Client;
  trips(): number;
}

export class World {
  private readonly clients: Redis[] = [];
  private tables = 0;

  private constructor(
    private readonly valkeys: Valkey[], private readonly aws: LocalAws,
    /** Loads a library to compare with. */
    public readonly peer: (peer: Peer) => unknown,
  ) {}

  public static async start(): Promise<World> {
    const options = { progress: () => undefined, signal: new AbortController().signal };
    const peer = installPeers();
    const [aws, ...valkeys] = await Promise.all([startLocalAws(options), ...[0, 1, 2].map(() => Valkey.start(options))]);
    return new World(valkeys, aws, peer);
  }

  /** A client of one of three servers. */
  public valkey(server: number = 0): Counted<Redis> {
    const { port, host } = this.valkeys[server]!;
    const client = new Redis(port, host);
    this.clients.push(client);
    const send = client.sendCommand.bind(client);
    const trips = counter();
    client.sendCommand = (command, stream) => trips.during(() => send(command, stream) as Promise<unknown>);
    return { client, trips: trips.count };
  }

  public dynamoDb(): Counted<DynamoDBClient> {
    const client = new DynamoDBClient({
      endpoint: this.aws.endpoint, region: 'us-east-1', credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    });
    const trips = counter();
    client.middlewareStack.add((next) => (request) => trips.during(() => next(request)), { step: 'finalizeRequest' });
    return { client, trips: trips.count };
  }

  public documents(): Counted<DynamoDBDocumentClient> {
    const { client, trips } = this.dynamoDb();
    return { client: DynamoDBDocumentClient.from(client, { marshallOptions: { removeUndefinedValues: true } }), trips };
  }

  /** A new table. The key is `name:S`; a second one is the sort key. */
  public async table(...keys: string[]): Promise<string> {
    const TableName = `bench-${this.tables += 1}`;
    const parts = keys.map((key) => key.split(':') as [string, 'S' | 'N']);
    const { client } = this.dynamoDb();
    await client.send(new CreateTableCommand({
      TableName, BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: parts.map(([AttributeName, AttributeType]) => ({ AttributeName, AttributeType })),
      KeySchema: parts.map(([AttributeName], index) => ({ AttributeName, KeyType: index === 0 ? 'HASH' : 'RANGE' })),
    }));
    await client.send(new UpdateTimeToLiveCommand({ TableName, TimeToLiveSpecification: { Enabled: true, AttributeName: 'ttl' } }));
    return TableName;
  }

  public async stop(): Promise<void> {
    this.clients.forEach((client) => client.disconnect());
    await Promise.all([this.aws, ...this.valkeys].map((server) => server.stop()));
  }
}

/** Counts round trips: what is sent while an answer is awaited travels with what it waits for. */
function counter() {
  let trips = 0;
  let waiting = 0;
  return {
    count: () => trips,
    during: <Answer>(send: () => Promise<Answer>): Promise<Answer> => {
      trips += waiting === 0 ? 1 : 0;
      waiting += 1;
      const answer = send();
      const done = () => {
        waiting -= 1;
      };
      answer.then(done, done);
      return answer;
    },
  };
}
