import { AttributeType, type GlobalSecondaryIndexPropsV2, ProjectionType } from 'aws-cdk-lib/aws-dynamodb';

/** A way in which items are asked for, other than by their key: it becomes a global secondary index. */
export interface AccessPattern {
  /** The name of the index, which queries name: 3 to 255 letters, digits, `_`, `-` and `.`. */
  readonly name: string;
  /** The attribute whose value is asked for. */
  readonly partitionKey: string;
  /**
   * The type of that attribute.
   * @default AttributeType.STRING
   */
  readonly partitionKeyType?: AttributeType;
  /**
   * The attribute that orders what is found, and that ranges are asked for by.
   * @default - in no order
   */
  readonly sortKey?: string;
  /**
   * The type of that attribute.
   * @default AttributeType.STRING
   */
  readonly sortKeyType?: AttributeType;
  /**
   * The attributes that are answered beside the keys. Every one of them is stored, and written, a second time.
   * @default - all attributes; an empty list answers the keys only
   */
  readonly attributes?: string[];
}

/** The index of an access pattern. */
export function indexFor(pattern: AccessPattern): GlobalSecondaryIndexPropsV2 {
  const { name, partitionKey, partitionKeyType, sortKey, sortKeyType, attributes } = pattern;
  const projection = attributes === undefined
    ? { projectionType: ProjectionType.ALL }
    : attributes.length === 0
      ? { projectionType: ProjectionType.KEYS_ONLY }
      : { projectionType: ProjectionType.INCLUDE, nonKeyAttributes: attributes };
  return {
    indexName: name,
    partitionKey: { name: partitionKey, type: partitionKeyType ?? AttributeType.STRING },
    sortKey: sortKey === undefined ? undefined : { name: sortKey, type: sortKeyType ?? AttributeType.STRING },
    ...projection,
  };
}
