import {
  AbortMultipartUploadCommand, CompleteMultipartUploadCommand, CreateMultipartUploadCommand, ListPartsCommand, type Part,
  type S3Client,
} from '@aws-sdk/client-s3';
import { type Multipart, partCount, partSize, type Upload } from './upload';

/** An object that is uploaded in parts. */
export type InParts = Pick<Upload, 'key' | 'size'> & { readonly multipart: Multipart };

/** What S3 does for uploads in parts. */
export class MultipartUploads {
  constructor(private readonly s3: Pick<S3Client, 'send'>, private readonly Bucket: string) {}

  /** Begins one; the object will be of that type. Resolves to its id. */
  public async create(Key: string, ContentType: string): Promise<string> {
    const { UploadId } = await this.s3.send(new CreateMultipartUploadCommand({ Bucket: this.Bucket, Key, ContentType }));
    return UploadId!;
  }

  /** The parts that have arrived whole, by number; undefined when there is no such upload: it was completed or aborted. */
  public async received(upload: InParts): Promise<Map<number, Part> | undefined> {
    const parts = new Map<number, Part>();
    let marker: string | undefined;
    do {
      const list = new ListPartsCommand({ ...this.addressOf(upload), PartNumberMarker: marker });
      const page = await unlessGone(() => this.s3.send(list));
      if (page === undefined) {
        return undefined;
      }
      (page.Parts ?? []).filter(({ PartNumber, Size }) => Size === partSize(upload, upload.multipart, PartNumber!))
        .forEach((part) => parts.set(part.PartNumber!, part));
      marker = page.IsTruncated ? page.NextPartNumberMarker : undefined;
    } while (marker);
    return parts;
  }

  /** The numbers of the parts that have not arrived. */
  public static missing(upload: InParts, received: ReadonlyMap<number, Part>): number[] {
    return Array.from({ length: partCount(upload)! }, (_, index) => index + 1).filter((number) => !received.has(number));
  }

  /** Puts the parts together, unless there is an object of that key already. */
  public async complete(upload: InParts, received: ReadonlyMap<number, Part>): Promise<void> {
    const Parts = [...received].sort(([a], [b]) => a - b).map(([PartNumber, { ETag }]) => ({ PartNumber, ETag }));
    await unlessGone(() => this.s3.send(new CompleteMultipartUploadCommand({
      ...this.addressOf(upload), MultipartUpload: { Parts }, IfNoneMatch: '*',
    })));
  }

  /** Throws the parts away. */
  public async abort(upload: InParts): Promise<void> {
    await unlessGone(() => this.s3.send(new AbortMultipartUploadCommand(this.addressOf(upload))));
  }

  private addressOf({ key, multipart }: InParts) {
    return { Bucket: this.Bucket, Key: key, UploadId: multipart.uploadId };
  }
}

/** Somebody else may have completed or aborted it meanwhile: nothing is left to do then. */
async function unlessGone<T>(call: () => Promise<T>): Promise<T | undefined> {
  try {
    return await call();
  } catch (error) {
    if (['NoSuchUpload', 'PreconditionFailed'].includes((error as Error).name)) {
      return undefined;
    }
    throw error;
  }
}
