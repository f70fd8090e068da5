import { DeleteObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import type { StructuredLogger } from '../logger';
import type { Upload } from './upload';
import type { UploadStates } from './upload-states';

/** An upload as it is handed to what processes it. */
export interface UploadedObject extends Pick<Upload, 'id' | 'owner' | 'key' | 'size' | 'contentType' | 'name' | 'sha256'> {
  readonly bucket: string;
}

/** What UploadEvents works with. */
export interface UploadEventsOptions {
  readonly states: Pick<UploadStates, 'arrived' | 'handedOver'>;
  readonly s3: Pick<S3Client, 'send'>;
  readonly bucketName: string;
  /** Hands an upload on; undefined when nothing processes uploads. */
  readonly handOver?: (object: UploadedObject) => Promise<void>;
  readonly logger: StructuredLogger;
}

/** What EventBridge tells of an object. */
interface ObjectCreated {
  readonly detail: { readonly object: { readonly key: string; readonly size: number; readonly etag: string } };
}

/**
 * Follows what S3 tells of new objects: an upload becomes UPLOADED once, and is handed on at least once. An object that nobody
 * waits for, since it came too late or its upload was given up, is deleted.
 *
 * Logged: 'upload arrived' `{id, status}`, 'upload discarded' `{key}`.
 */
export function uploadEvents({ states, s3, bucketName, handOver, logger }: UploadEventsOptions) {
  return async (body: string): Promise<void> => {
    const { detail: { object: { key, size, etag } } } = JSON.parse(body) as ObjectCreated;
    const id = key.slice(key.lastIndexOf('/') + 1);
    const upload = await states.arrived(id, { key, size, etag });
    if (!upload) {
      await s3.send(new DeleteObjectCommand({ Bucket: bucketName, Key: key }));
      logger.info('upload discarded', { key });
      return;
    }
    logger.info('upload arrived', { id, status: upload.status });
    if (handOver && upload.status === 'UPLOADED' && !upload.handedOver) {
      const { owner, contentType, name, sha256 } = upload;
      await handOver({ id, owner, bucket: bucketName, key, size, contentType, name, sha256 });
      await states.handedOver(id);
    }
  };
}
