import {
  type AttributeDefinition, CreateTableCommand, DynamoDBClient, type KeySchemaElement,
} from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';

import { Valkey, type ValkeyOptions } from '../../../local';

const started: Valkey[] = [];

/** A real Valkey for tests. */
export async function startValkey(options: Partial<ValkeyOptions> = {}): Promise<Valkey> {
  const valkey = await Valkey.start({ progress: () => undefined, signal: new AbortController().signal, ...options });
  started.push(valkey);
  return valkey;
}

/** Ends every one this file started, also after a failure: `afterAll(stopValkeys)`. */
export async function stopValkeys(): Promise<void> {
  await Promise.all(started.map((valkey) => valkey.stop()));
}

/** A client of the DynamoDB at an endpoint of the local AWS. */
export function dynamoDb(endpoint: string): DynamoDBClient {
  return new DynamoDBClient({ endpoint, region: 'us-east-1', credentials: { accessKeyId: 'test', secretAccessKey: 'test' } });
}

export const documents = (endpoint: string): DynamoDBDocumentClient => DynamoDBDocumentClient.from(dynamoDb(endpoint));

/**
 * Makes a table.
 * @param keys the partition key and, after it, the sort key: `name:S`, `version:N`
 */
export async function createTable(endpoint: string, TableName: string, ...keys: string[]): Promise<void> {
  const parts = keys.map((key) => key.split(':') as [string, 'S' | 'N']);
  await dynamoDb(endpoint).send(new CreateTableCommand({
    TableName,
    BillingMode: 'PAY_PER_REQUEST',
    AttributeDefinitions: parts.map(([AttributeName, AttributeType]): AttributeDefinition => ({ AttributeName, AttributeType })),
    KeySchema: parts.map(([AttributeName], index): KeySchemaElement => ({ AttributeName, KeyType: index === 0 ? 'HASH' : 'RANGE' })),
  }));
}
