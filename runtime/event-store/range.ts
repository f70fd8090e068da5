import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';

/** A table and a client that reaches it. */
export interface Table {
  readonly documents: Pick<DynamoDBDocumentClient, 'send'>;
  readonly TableName: string;
}

/** The items of a stream whose versions lie between two, both included, strongly consistent. Snapshots have negative versions. */
export const between = ({ TableName }: Table, stream: string, from: number, to: number) => ({
  TableName,
  ConsistentRead: true,
  KeyConditionExpression: '#stream = :stream AND #version BETWEEN :from AND :to',
  ExpressionAttributeNames: { '#stream': 'stream', '#version': 'version' },
  ExpressionAttributeValues: { ':stream': stream, ':from': from, ':to': to },
});

/** No version is higher. */
export const LAST = Number.MAX_SAFE_INTEGER;
