import { readSetting } from '../environment';
import type { Environment } from '../environment';

/** What a PresignedUpload tells its own functions. */
export interface UploadSettings {
  /** Media types that are taken, `image/*` for all of a kind; undefined for any. */
  readonly contentTypes?: readonly string[];
  /** The largest object, in bytes. */
  readonly maxBytes: number;
  /** The size of a part, in bytes. What is larger is uploaded in parts. */
  readonly partBytes: number;
  /** How long a URL is good, in seconds. */
  readonly urlSeconds: number;
  /** How long after it was announced an object may arrive, in seconds. */
  readonly withinSeconds: number;
  /** What keys begin with. */
  readonly prefix: string;
}

/** The settings of a PresignedUpload, from `UPLOAD_SETTINGS`. */
export const uploadSettings = (environment: Environment = process.env) =>
  JSON.parse(readSetting('UPLOAD_SETTINGS', 'PresignedUpload', environment)) as UploadSettings;
