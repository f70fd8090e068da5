import type { EventPattern } from 'aws-cdk-lib/aws-events';

/** What happens to objects, as Amazon S3 tells EventBridge. */
export enum ObjectEvent {
  /** An object was written: uploaded, copied, or put together from its parts. */
  CREATED = 'Object Created',
  /** An object was deleted, or hidden behind a delete marker. */
  DELETED = 'Object Deleted',
  /** An archived object can be read again. */
  RESTORED = 'Object Restore Completed',
}

/** Which objects are meant. */
export interface ObjectFilter {
  /**
   * What their keys begin with.
   * @default - any
   */
  readonly prefix?: string;
  /**
   * What their keys end with.
   * @default - any
   */
  readonly suffix?: string;
}

/** The events of one bucket. Of several patterns for a key EventBridge wants one to match, so both ends are one wildcard. */
export function objectPattern(bucketName: string, event: ObjectEvent, { prefix = '', suffix = '' }: ObjectFilter): EventPattern {
  const key = prefix && suffix
    ? { wildcard: `${literally(prefix)}*${literally(suffix)}` }
    : prefix ? { prefix } : { suffix };
  return {
    source: ['aws.s3'],
    detailType: [event],
    detail: { bucket: { name: [bucketName] }, ...(prefix || suffix) && { object: { key: [key] } } },
  };
}

const literally = (text: string) => text.replace(/[\\*]/g, (character) => `\\${character}`);
