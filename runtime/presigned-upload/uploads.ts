import { randomUUID } from 'node:crypto';
import { PutObjectCommand, type S3Client, UploadPartCommand } from '@aws-sdk/client-s3';
import { type Clock, systemClock } from '../clock';
import { Problem } from '../problem';
import { type InParts, MultipartUploads } from './multipart-upload';
import type { UploadSettings } from './settings';
import { partCount, partSize, type Upload, type UploadStatus } from './upload';
import type { UploadRequest } from './upload-request';
import { KEPT_SECONDS, type UploadStates } from './upload-states';

/**
 * Signs a request to S3 so that whoever has the URL can send it within so many seconds, with these headers as they are. With
 * the AWS SDK: `getSignedUrl(s3, command, { expiresIn, signableHeaders: headers, unhoistableHeaders: headers })`.
 */
export type Sign = (command: PutObjectCommand | UploadPartCommand, expiresIn: number, headers: Set<string>) => Promise<string>;

/** What Uploads works with. */
export interface UploadsOptions {
  readonly states: UploadStates;
  readonly s3: Pick<S3Client, 'send'>;
  readonly sign: Sign;
  readonly bucketName: string;
  readonly settings: UploadSettings;
  /** @default - the clock of the machine */
  readonly clock?: Pick<Clock, 'now'>;
}

/** A request that a client sends to S3 as it is. Its `Content-Length` is signed too: exactly that many bytes are taken. */
export interface SignedRequest {
  readonly method: 'PUT';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** When the URL is over, in ISO 8601. */
  readonly expiresAt: string;
}

/** A part to be sent. */
export interface SignedPart extends SignedRequest {
  readonly number: number;
  readonly size: number;
}

/** An upload as its owner sees it. */
export interface UploadView {
  readonly id: string;
  readonly status: UploadStatus;
  readonly size: number;
  readonly contentType: string;
  readonly name?: string;
  readonly reason?: string;
  readonly createdAt: string;
  /** Until when the object must have arrived, in ISO 8601. */
  readonly expiresAt?: string;
  /** Of an upload in parts that has not been completed. */
  readonly parts?: { readonly size: number; readonly count: number; readonly received?: readonly number[] };
  /** Of an upload in one piece, in the answer that announces it. */
  readonly upload?: SignedRequest;
}

/** Uploads on behalf of their owners. What somebody else owns is not found. */
export class Uploads {
  private readonly clock: Pick<Clock, 'now'>;
  private readonly multipart: MultipartUploads;

  constructor(private readonly options: UploadsOptions) {
    this.clock = options.clock ?? systemClock;
    this.multipart = new MultipartUploads(options.s3, options.bucketName);
  }

  /** Announces an object. The answer has the URL to send it to, or the number of parts to ask URLs for. */
  public async announce(owner: string | undefined, request: UploadRequest): Promise<UploadView> {
    const { settings, states } = this.options;
    const { urlSeconds, ...announced } = request;
    const id = randomUUID();
    const now = this.clock.now();
    const key = `${settings.prefix}${owner === undefined ? '' : `${encodeURIComponent(owner)}/`}${id}`;
    const inParts = announced.size > settings.partBytes;
    const expiresAt = Math.floor(now / 1000) + settings.withinSeconds;
    const uploadId = inParts ? await this.multipart.create(key, announced.contentType) : undefined;
    const upload: Upload = {
      ...defined({ ...announced, owner }),
      id,
      key,
      status: 'PENDING',
      createdAt: new Date(now).toISOString(),
      expiresAt,
      purgeAt: expiresAt + KEPT_SECONDS,
      ...uploadId !== undefined && { multipart: { uploadId, partBytes: settings.partBytes } },
    };
    await states.announce(upload);
    return { ...viewOf(upload), ...!inParts && { upload: await this.signWhole(upload, urlSeconds) } };
  }

  /** An upload as it stands, with the parts that have arrived. One whose time is over is marked so. */
  public async find(owner: string | undefined, id: string): Promise<UploadView> {
    const upload = await this.owned(owner, id);
    if (!isInParts(upload)) {
      return viewOf(upload);
    }
    if (upload.status === 'EXPIRED') {
      await this.multipart.abort(upload);
    }
    if (upload.status !== 'PENDING') {
      return viewOf(upload);
    }
    const received = await this.multipart.received(upload);
    return viewOf(upload, received && [...received.keys()].sort((a, b) => a - b));
  }

  /** URLs for parts. @throws Problem 404, 409 when it is not in parts or no longer PENDING */
  public async signParts(
    owner: string | undefined, id: string, numbersOf: (count: number) => readonly number[],
  ): Promise<SignedPart[]> {
    const upload = await this.pendingInParts(owner, id);
    return Promise.all(numbersOf(partCount(upload)!).map(async (number) => {
      const size = partSize(upload, upload.multipart, number);
      const { key: Key, multipart: { uploadId: UploadId } } = upload;
      const command = new UploadPartCommand({
        Bucket: this.options.bucketName, Key, UploadId, PartNumber: number, ContentLength: size,
      });
      return { number, size, ...await this.signed(upload, command, {}, this.options.settings.urlSeconds) };
    }));
  }

  /** Puts the parts together. @throws Problem 404, 409 when parts are missing; `missing` names them */
  public async complete(owner: string | undefined, id: string): Promise<UploadView> {
    const upload = await this.owned(owner, id);
    if (upload.status !== 'PENDING' && upload.status !== 'EXPIRED') {
      return viewOf(upload);
    }
    const pending = await this.pendingInParts(owner, id, upload);
    const received = await this.multipart.received(pending);
    if (received) {
      const missing = MultipartUploads.missing(pending, received);
      if (missing.length > 0) {
        const extensions = { missing: missing.slice(0, 100) };
        throw new Problem({ status: 409, detail: `${missing.length} parts have not arrived.`, extensions });
      }
      await this.multipart.complete(pending, received);
    }
    return viewOf(await this.owned(owner, id));
  }

  /** Gives an upload up whose object has not arrived. @throws Problem 404, 409 when it has */
  public async cancel(owner: string | undefined, id: string): Promise<void> {
    const upload = await this.owned(owner, id);
    if (!await this.options.states.cancel(id)) {
      throw new Problem({ status: 409, detail: `The upload is ${upload.status}; only one that is PENDING can be given up.` });
    }
    if (isInParts(upload)) {
      await this.multipart.abort(upload);
    }
  }

  private async owned(owner: string | undefined, id: string): Promise<Upload> {
    const upload = await this.options.states.find(id);
    if (!upload || upload.owner !== owner) {
      throw new Problem({ status: 404, detail: 'There is no such upload.' });
    }
    if (upload.status === 'EXPIRED') {
      await this.options.states.expired(id);
    }
    return upload;
  }

  private async pendingInParts(owner: string | undefined, id: string, known?: Upload): Promise<Upload & InParts> {
    const upload = known ?? await this.owned(owner, id);
    if (upload.status !== 'PENDING' || !isInParts(upload)) {
      const what = upload.status === 'PENDING' ? 'in one piece' : upload.status;
      throw new Problem({ status: 409, detail: `The upload is ${what}, and takes no parts.` });
    }
    return upload;
  }

  /** What was uploaded cannot be replaced with the same URL while it is good: the object must not exist. */
  private signWhole(upload: Upload, urlSeconds: number): Promise<SignedRequest> {
    const { key, size, contentType, sha256 } = upload;
    const command = new PutObjectCommand({
      Bucket: this.options.bucketName,
      Key: key,
      ContentLength: size,
      ContentType: contentType,
      IfNoneMatch: '*',
      ChecksumSHA256: sha256,
    });
    const headers = { 'content-type': contentType, 'if-none-match': '*', ...sha256 !== undefined && { 'x-amz-checksum-sha256': sha256 } };
    return this.signed(upload, command, headers, urlSeconds);
  }

  private async signed(
    { expiresAt }: Upload, command: PutObjectCommand | UploadPartCommand, headers: Readonly<Record<string, string>>,
    urlSeconds: number,
  ): Promise<SignedRequest> {
    const now = Math.floor(this.clock.now() / 1000);
    const expiresIn = Math.max(1, Math.min(urlSeconds, expiresAt - now));
    const url = await this.options.sign(command, expiresIn, new Set(['content-length', ...Object.keys(headers)]));
    return { method: 'PUT', url, headers, expiresAt: isoTime(now + expiresIn) };
  }
}

function isInParts(upload: Upload): upload is Upload & InParts {
  return upload.multipart !== undefined;
}

function viewOf(upload: Upload, received?: readonly number[]): UploadView {
  const { id, status, size, contentType, name, reason, createdAt, expiresAt, multipart } = upload;
  return {
    id, status, size, contentType, ...defined({ name, reason }), createdAt,
    ...status === 'PENDING' && { expiresAt: isoTime(expiresAt) },
    ...status === 'PENDING' && multipart && {
      parts: { size: multipart.partBytes, count: partCount(upload)!, ...defined({ received }) },
    },
  };
}

const isoTime = (seconds: number) => new Date(seconds * 1000).toISOString();

/** DynamoDB takes no undefined values. */
function defined<T extends object>(values: T): T {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as T;
}
