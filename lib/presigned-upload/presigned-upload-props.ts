import type { Duration, Size } from 'aws-cdk-lib';
import type { ITable } from 'aws-cdk-lib/aws-dynamodb';
import type { ObjectStore, Tiering } from '../object-store/index';

/** What a PresignedUpload takes, and for how long. */
export interface PresignedUploadProps {
  /**
   * Media types that are taken, for example `image/png`, or `image/*` for all of a kind.
   * @default - any
   */
  readonly contentTypes?: string[];
  /**
   * The largest object that is taken, up to 10,000 parts.
   * @default Size.gibibytes(1)
   */
  readonly maxSize?: Size;
  /**
   * The size of a part, 5 MiB to 5 GiB. An object that is larger is uploaded in parts, one that is not in one piece.
   * @default Size.mebibytes(100)
   */
  readonly partSize?: Size;
  /**
   * How long a URL is good, in whole seconds, 1 s to 1 h. Clients may ask for less. A URL never lives longer than the
   * credentials that signed it, which for a Lambda function are hours.
   * @default Duration.minutes(15)
   */
  readonly urlTtl?: Duration;
  /**
   * How long after it was announced an object may arrive, in whole seconds, 1 min to 7 days. After that its upload is EXPIRED.
   * @default Duration.days(1)
   */
  readonly uploadWithin?: Duration;
  /**
   * Web pages that may upload from a browser: `https://www.example.com`, or `*`.
   * @default - none
   */
  readonly corsOrigins?: string[];
  /**
   * When objects move to cheaper storage.
   * @default - never
   */
  readonly tiering?: Tiering;
  /**
   * What the keys of objects begin with; it ends with `/`. Below it follow the owner and the id of the upload. Nobody else may
   * write there: an object that no upload announced is deleted.
   * @default 'uploads/'
   */
  readonly prefix?: string;
  /**
   * Uploads and objects may be deleted with the stack, the bucket once it is empty. Honoured under SANDBOX only.
   * @default false
   */
  readonly disposable?: boolean;
  /**
   * Where objects are kept, for example with old versions or a key of your own.
   * @default - an ObjectStore of its own
   */
  readonly objectStore?: ObjectStore;
  /**
   * An existing table to keep uploads in: partition key `id` (text), time to live `purgeAt`.
   * @default - a table of its own
   */
  readonly table?: ITable;
}
