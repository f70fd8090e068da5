import type { DynamoDBRecord } from 'aws-lambda';
import { recorded, type RecordedEvent, type StoredEvent } from './event';

/** The event that a record of the change stream tells of; undefined for whatever else happens to the table. */
export function eventOf<Types extends object = Record<string, unknown>>(
  { eventName, dynamodb }: DynamoDBRecord,
): RecordedEvent<Types> | undefined {
  const stored = eventName === 'INSERT' ? storedEventOf(dynamodb?.NewImage) : undefined;
  return stored && recorded<Types>(stored);
}

/** An event as it is stored, of the image of an item; undefined for a snapshot. */
export function storedEventOf(image: NonNullable<DynamoDBRecord['dynamodb']>['NewImage']): StoredEvent | undefined {
  if (!image || !(Number(image.version?.N) > 0)) {
    return undefined;
  }
  const { stream, version, id, type, data, metadata, at } = image;
  return {
    stream: stream!.S!, version: Number(version!.N), id: id!.S!, type: type!.S!, data: data?.S, metadata: metadata?.S, at: at!.S!,
  };
}
