/** Where an upload stands. It begins as PENDING and ends as READY, FAILED or EXPIRED. */
export type UploadStatus = 'PENDING' | 'UPLOADED' | 'READY' | 'FAILED' | 'EXPIRED';

/** An upload in parts, as S3 knows it. */
export interface Multipart {
  /** The id that S3 gave it. */
  readonly uploadId: string;
  /** The size of every part but the last, in bytes. */
  readonly partBytes: number;
}

/** A row of the table. */
export interface Upload {
  readonly id: string;
  /** Who may see it: the subject of a token; undefined where the API knows no users. */
  readonly owner?: string;
  readonly status: UploadStatus;
  /** Where the object is. */
  readonly key: string;
  /** The size that was announced, in bytes. */
  readonly size: number;
  readonly contentType: string;
  /** What the client calls it. */
  readonly name?: string;
  /** The SHA-256 that was announced, in Base64. */
  readonly sha256?: string;
  /** When it was announced, in ISO 8601. */
  readonly createdAt: string;
  /** The second of the epoch until which the object must have arrived. */
  readonly expiresAt: number;
  /** Undefined for an upload in one piece. */
  readonly multipart?: Multipart;
  /** The entity tag of the object, once it has arrived. */
  readonly etag?: string;
  /** Why it failed. */
  readonly reason?: string;
  /** Whether it was handed to what processes uploads. */
  readonly handedOver?: boolean;
  /** The second of the epoch after which DynamoDB deletes the row: of uploads that came to nothing. */
  readonly purgeAt?: number;
}

/** How many parts an upload has; undefined for one in one piece. */
export function partCount({ size, multipart }: Pick<Upload, 'size' | 'multipart'>): number | undefined {
  return multipart && Math.ceil(size / multipart.partBytes);
}

/** The size of one part in bytes, by its number from 1. */
export function partSize({ size }: Pick<Upload, 'size'>, { partBytes }: Multipart, number: number): number {
  return Math.min(partBytes, size - (number - 1) * partBytes);
}
