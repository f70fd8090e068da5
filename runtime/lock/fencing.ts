/** The parts of an expression of DynamoDB by which an item refuses writes of holders that came before. */
export interface Fenced {
  /** For the `ConditionExpression`: alone, or joined with yours by `AND`. */
  readonly condition: string;
  /** For the `UpdateExpression`, in its `SET`: keeps the number for those who come later. */
  readonly set: string;
  /** For the `ExpressionAttributeNames`. */
  readonly names: Readonly<Record<string, string>>;
  /** For the `ExpressionAttributeValues`, in the form of the document client. */
  readonly values: Readonly<Record<string, number>>;
}

/**
 * What makes a write safe against a holder that lost its lock and does not know it yet: the item keeps the greatest fence that
 * wrote it, and refuses smaller ones (`ConditionalCheckFailedException`). Every write to the item must carry it.
 *
 * @param fence the number of the holder: `lock.fence`
 * @param attribute the attribute of the item that keeps it
 */
export function fencedBy(fence: number, attribute = 'fence'): Fenced {
  return {
    condition: '(attribute_not_exists(#fence) OR #fence <= :fence)',
    set: '#fence = :fence',
    names: { '#fence': attribute },
    values: { ':fence': fence },
  };
}
