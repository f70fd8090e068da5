/** What a table of a concept is made of. */
export interface PinnedTable {
  /** The name of its partition key, a string. */
  readonly partitionKey: string;
  /**
   * The name of its sort key, and its type.
   * @default - none
   */
  readonly sortKey?: readonly [name: string, type: 'N' | 'S'];
  /**
   * The attribute that its items expire by.
   * @default - they do not
   */
  readonly expiresBy?: string;
  /**
   * What its stream shows.
   * @default - no stream
   */
  readonly stream?: string;
}

/** All that the template says of a table under SANDBOX; what a KeyValueStore makes of its props is pinned in its own test. */
export function pinnedTable({ partitionKey, sortKey, expiresBy, stream }: PinnedTable): object {
  const keys = [[partitionKey, 'S', 'HASH'], ...sortKey ? [[...sortKey, 'RANGE']] : []];
  return {
    Type: 'AWS::DynamoDB::GlobalTable',
    Properties: {
      AttributeDefinitions: keys.map(([AttributeName, AttributeType]) => ({ AttributeName, AttributeType })),
      BillingMode: 'PAY_PER_REQUEST',
      KeySchema: keys.map(([AttributeName, , KeyType]) => ({ AttributeName, KeyType })),
      Replicas: [{ DeletionProtectionEnabled: false, Region: { Ref: 'AWS::Region' } }],
      ...expiresBy && { TimeToLiveSpecification: { AttributeName: expiresBy, Enabled: true } },
      ...stream && { StreamSpecification: { StreamViewType: stream } },
    },
    DeletionPolicy: 'Retain',
    UpdateReplacePolicy: 'Retain',
  };
}
