import type { IConstruct } from 'constructs';

/** The changes that are new events, as Lambda filters them: snapshots have no type, and events never change. */
export const APPENDED: { [field: string]: unknown }[] = [
  { eventName: ['INSERT'], dynamodb: { NewImage: { type: { S: [{ exists: true }] } } } },
];

/**
 * The name of a consumer unless it is told one. It names the store too, since one worker may read several, whose tables all
 * have the same construct id.
 */
export function consumerName(store: IConstruct, reader: IConstruct): string {
  const words = `${store.node.id}-${reader.node.id}`.replace(/[^A-Za-z0-9-]+/g, '-');
  return /^[A-Za-z]/.test(words) ? words.slice(0, 64) : `Of-${words}`.slice(0, 64);
}
