import { Duration } from 'aws-cdk-lib';
import { type LifecycleRule, StorageClass, type Transition } from 'aws-cdk-lib/aws-s3';

/** When objects move to cheaper storage, counted from their upload. */
export interface Tiering {
  /**
   * To S3 Standard-IA, 30 days or more: half the price of storage, a price for every read, read as fast.
   * @default - not
   */
  readonly coldAfter?: Duration;
  /**
   * To S3 Glacier Flexible Retrieval, 30 days or more after `coldAfter`: a read begins with a restore of minutes to hours.
   * @default - not
   */
  readonly archiveAfter?: Duration;
  /**
   * To S3 Glacier Deep Archive: a restore takes up to 12 hours, or 48 in bulk.
   * @default - not
   */
  readonly deepArchiveAfter?: Duration;
  /**
   * To S3 Intelligent-Tiering at once, which moves each object by how it is read, for a fee for each object. In place of
   * the others.
   * @default false
   */
  readonly intelligent?: boolean;
}

/** What happens to objects as they age. */
export interface Aging {
  readonly tiering?: Tiering;
  readonly expireAfter?: Duration;
  readonly abortUploadsAfter?: Duration;
  readonly oldVersionsExpireAfter?: Duration;
  readonly versioned: boolean;
}

/** The lifecycle of every object, as one rule. */
export function lifecycleRule(aging: Aging): LifecycleRule {
  const { tiering, expireAfter, abortUploadsAfter, oldVersionsExpireAfter, versioned } = aging;
  return {
    abortIncompleteMultipartUploadAfter: abortUploadsAfter ?? Duration.days(1),
    expiration: expireAfter,
    transitions: transitions(tiering),
    ...versioned && {
      noncurrentVersionExpiration: oldVersionsExpireAfter ?? Duration.days(90),
      // S3 takes one kind of expiration a rule; one by age removes such markers as well.
      expiredObjectDeleteMarker: expireAfter ? undefined : true,
    },
  };
}

function transitions({ coldAfter, archiveAfter, deepArchiveAfter, intelligent }: Tiering = {}): Transition[] | undefined {
  const steps: readonly [StorageClass, Duration | undefined][] = [
    [StorageClass.INTELLIGENT_TIERING, intelligent ? Duration.days(0) : undefined],
    [StorageClass.INFREQUENT_ACCESS, coldAfter],
    [StorageClass.GLACIER, archiveAfter],
    [StorageClass.DEEP_ARCHIVE, deepArchiveAfter],
  ];
  const taken = steps.flatMap(([storageClass, transitionAfter]) => transitionAfter ? [{ storageClass, transitionAfter }] : []);
  return taken.length > 0 ? taken : undefined;
}
