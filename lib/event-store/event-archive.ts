import type { Duration } from 'aws-cdk-lib';
import { Grant } from 'aws-cdk-lib/aws-iam';
import { Construct, type IConstruct } from 'constructs';
import { acknowledgeWildcard } from '../core/acknowledge';
import { Handler } from '../core/handler';
import { StartAt } from '../core/stream-worker';
import type { FunctionService } from '../function-service/index';
import type { IChangeConsumer, KeyValueStore } from '../key-value-store/index';
import type { ObjectStore } from '../object-store/index';

/** Where events are copied to. */
export interface EventArchiveOptions {
  /**
   * The object store that takes the copies.
   * @default - a new one
   */
  readonly store?: ObjectStore;
  /**
   * How long nobody can change or delete a copy, the root user of the account included, in whole days (S3 Object Lock in
   * compliance mode). It cannot be shortened for what is copied already, and the bucket cannot be deleted before.
   * @default - copies can be deleted by who may; with `store`, what its bucket does
   */
  readonly worm?: Duration;
  /**
   * What the keys of the copies begin with. Without a slash at its end one is added.
   * @default 'events/'
   */
  readonly prefix?: string;
}

/** Every event of a store, copied: one object each, `<prefix><stream>/<version>.json`. */
export interface IEventArchive extends IConstruct {
  /** Where the copies are. */
  readonly objects: ObjectStore;
  /** What the keys of the copies begin with. */
  readonly prefix: string;
  /** What copies. */
  readonly archivist: FunctionService;
  /** How it reads the events. What it could not copy, and what has changed in a history, ends in its dead-letter queue. */
  readonly consumer: IChangeConsumer;
}

/** What an archive is made of. */
export interface EventArchiveParts {
  readonly events: KeyValueStore;
  readonly options: EventArchiveOptions;
  readonly disposable?: boolean;
}

/** Copies what is appended to a table. */
export class EventArchive extends Construct implements IEventArchive {
  public readonly objects: ObjectStore;
  public readonly prefix: string;
  public readonly archivist: FunctionService;
  public readonly consumer: IChangeConsumer;

  constructor(scope: Construct, id: string, { events, options: { store, worm, prefix = 'events/' }, disposable }: EventArchiveParts) {
    super(scope, id);
    this.prefix = prefix === '' || prefix.endsWith('/') ? prefix : `${prefix}/`;
    this.objects = store ?? this.createStore(worm, disposable);
    /* eslint-disable-next-line @typescript-eslint/no-require-imports -- who does not archive never loads it */
    const functions = require('../function-service/index') as typeof import('../function-service/index');
    this.archivist = new functions.FunctionService(this, 'Archivist', {
      handler: Handler.of('runtime/event-archive'),
      environment: { ARCHIVE_PREFIX: this.prefix },
    });
    this.archivist.addEnvironment('ARCHIVE_BUCKET_NAME', this.objects.bucket.bucketName);
    this.grantPut();
    // Also what should never happen: an event that has changed or gone is told by a dead letter.
    this.consumer = events.consumedBy(this.archivist, {
      idempotent: true, name: 'Archive', startAt: StartAt.TRIM_HORIZON,
    });
  }

  private createStore(worm: Duration | undefined, disposable?: boolean): ObjectStore {
    /* eslint-disable @typescript-eslint/no-require-imports -- who does not archive never loads them */
    const stores = require('../object-store/index') as typeof import('../object-store/index');
    const { ObjectLockRetention } = require('aws-cdk-lib/aws-s3') as typeof import('aws-cdk-lib/aws-s3');
    /* eslint-enable @typescript-eslint/no-require-imports */
    return new stores.ObjectStore(this, 'Objects', worm
      ? { versioned: true, disposable, bucketProps: { objectLockDefaultRetention: ObjectLockRetention.compliance(worm) } }
      : { disposable });
  }

  /** Less than writing: what was copied is never replaced nor deleted by who copies. */
  private grantPut(): void {
    const { bucket } = this.objects;
    const below = bucket.arnForObjects(`${this.prefix}*`);
    acknowledgeWildcard(this.archivist.role!, bucket, below, 'The copies of the events of one store, below one prefix of one bucket.');
    bucket.encryptionKey?.grant(this.archivist, 'kms:Decrypt', 'kms:GenerateDataKey');
    Grant.addToPrincipalOrResource({ grantee: this.archivist, actions: ['s3:PutObject'], resourceArns: [below], resource: bucket });
  }
}
