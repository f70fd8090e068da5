/** The items of a stream whose versions lie between two, both included, strongly consistent. Snapshots have negative versions. */
export const between = (TableName: string, stream: string, from: number, to: number) => ({
  TableName,
  ConsistentRead: true,
  KeyConditionExpression: '#stream = :stream AND #version BETWEEN :from AND :to',
  ExpressionAttributeNames: { '#stream': 'stream', '#version': 'version' },
  ExpressionAttributeValues: { ':stream': stream, ':from': from, ':to': to },
});

/** No version is higher. */
export const LAST = Number.MAX_SAFE_INTEGER;
