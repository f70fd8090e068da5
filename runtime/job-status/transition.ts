import { type DynamoDBDocumentClient, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { Job, JobState } from './job';

/** Where jobs are kept. */
export interface JobTable {
  readonly documents: Pick<DynamoDBDocumentClient, 'send'>;
  readonly tableName: string;
}

/** A change of a job under a condition. */
export interface Change {
  readonly set: Partial<Job>;
  readonly remove?: readonly (keyof Job)[];
  /** A number that grows by one. */
  readonly count?: keyof Job;
  readonly condition: string;
  readonly values: Readonly<Record<string, unknown>>;
}

/** What decides about a job that refused a change. */
export type Refused = Pick<Job, 'state' | 'attempts' | 'expiresAt'>;

/** The job after a change, or what of it refused the change; neither when there is no such job. */
export interface Transition {
  readonly job?: Job;
  readonly refused?: Refused;
}

/** Changes a job in one request, or not at all. */
export async function transition({ documents, tableName }: JobTable, id: string, change: Change): Promise<Transition> {
  const { set, remove = [], count, condition, values } = change;
  const assigned = Object.entries(set);
  const sets = [...assigned.map(([name]) => `#${name} = :set_${name}`), ...count ? [`#${count} = #${count} + :one`] : []];
  const update = `SET ${sets.join(', ')}${remove.length > 0 ? ` REMOVE ${remove.map((name) => `#${name}`).join(', ')}` : ''}`;
  const names = [...`${update} ${condition}`.matchAll(/#(\w+)/g)].map(([placeholder, name]) => [placeholder, name!]);
  try {
    const { Attributes } = await documents.send(new UpdateCommand({
      TableName: tableName,
      Key: { id },
      UpdateExpression: update,
      ConditionExpression: condition,
      ExpressionAttributeNames: Object.fromEntries(names) as Record<string, string>,
      ExpressionAttributeValues: {
        ...values, ...count && { ':one': 1 }, ...Object.fromEntries(assigned.map(([name, value]) => [`:set_${name}`, value])),
      },
      ReturnValues: 'ALL_NEW',
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    }));
    return { job: Attributes as Job };
  } catch (error) {
    return { refused: refusedItem(error) };
  }
}

/**
 * The job that refused a change, in so far as was asked for.
 *
 * @throws the error itself when no condition was the reason
 */
export function refusedItem(error: unknown): Refused | undefined {
  if (!(error instanceof Error) || error.name !== 'ConditionalCheckFailedException') {
    throw error;
  }
  // In attribute-value form, also from the document client.
  const { Item } = error as { readonly Item?: Readonly<Record<string, { readonly S?: string; readonly N?: string }>> };
  return Item && {
    state: Item.state?.S as JobState, attempts: Number(Item.attempts?.N ?? 0), expiresAt: Number(Item.expiresAt?.N ?? 0),
  };
}
