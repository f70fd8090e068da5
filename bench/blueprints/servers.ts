/** The servers that blueprints are measured against: those of `npm start`, without the emulator around them. */
import { DynamoDBClient, CreateTableCommand } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { Redis } from 'iovalkey';
import { Pool } from 'pg';

import { type LocalAws, Postgres, startLocalAws, Valkey } from '../../local';

/** As many connections as functions would hold that answer at once. */
const CONNECTIONS = 20;

/** Stops what was started. */
type Stop = () => Promise<unknown>;

/** Real servers and clients of them, each started when it is first asked for. */
export class Servers {
  private readonly stops: Stop[] = [];
  private readonly options = { progress: () => undefined, signal: new AbortController().signal };
  private aws?: Promise<LocalAws>;
  private tables = 0;

  /** A real PostgreSQL. It does not wait for the disk when it commits. */
  public async postgres(): Promise<Pool> {
    const postgres = await Postgres.start(this.options);
    const pool = new Pool({ connectionString: postgres.url, max: CONNECTIONS });
    this.stops.push(async () => {
      await pool.end();
      await postgres.stop();
    });
    return pool;
  }

  /** A real Valkey. */
  public async valkey(): Promise<Redis> {
    const valkey = await Valkey.start(this.options);
    const client = new Redis(valkey.port, valkey.host);
    this.stops.push(() => {
      client.disconnect();
      return valkey.stop();
    });
    return client;
  }

  /** A table of the emulator's DynamoDB, by two text keys. */
  public async table(partitionKey: string, sortKey: string) {
    const { endpoint } = await this.localAws();
    const client = new DynamoDBClient({ endpoint, region: 'us-east-1', credentials: { accessKeyId: 'test', secretAccessKey: 'test' } });
    const tableName = `bench-${this.tables += 1}`;
    await client.send(new CreateTableCommand({
      TableName: tableName, BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [partitionKey, sortKey].map((AttributeName) => ({ AttributeName, AttributeType: 'S' as const })),
      KeySchema: [{ AttributeName: partitionKey, KeyType: 'HASH' }, { AttributeName: sortKey, KeyType: 'RANGE' }],
    }));
    const documents = DynamoDBDocumentClient.from(client, { marshallOptions: { removeUndefinedValues: true } });
    return { documents, tableName };
  }

  /** Ends them all, the last one first. */
  public async stop(): Promise<void> {
    for (const stop of this.stops.reverse()) {
      await stop();
    }
  }

  private localAws(): Promise<LocalAws> {
    this.aws ??= startLocalAws(this.options).then((aws) => {
      this.stops.push(() => aws.stop());
      return aws;
    });
    return this.aws;
  }
}
