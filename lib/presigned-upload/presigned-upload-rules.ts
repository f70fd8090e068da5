import { type Duration, Size, Token } from 'aws-cdk-lib';
import { eachOnce, text, wholeNumber, wholeSeconds } from '../core/checks';
import type { Refusal, Rule } from '../core/rules';
import { show } from '../core/show';
import { typed } from '../core/typed';
import type { PresignedUploadProps } from './presigned-upload-props';

/** The most parts of one object (Amazon S3 User Guide, "Amazon S3 multipart upload limits"). */
const MOST_PARTS = 10_000;
const SIZES = { maxSize: Size.gibibytes(1), partSize: Size.mebibytes(100) };
const DAY = 24 * 60 * 60;

/** A type with a subtype, or with all of them. */
const CONTENT_TYPE = /^[\w!#$&^.+-]+\/([\w!#$&^.+-]+|\*)$/;
const ORIGIN = /^(https?:\/\/[^/\s]+|\*)$/;

/** What PresignedUpload refuses. */
export const PRESIGNED_UPLOAD_RULES: readonly Rule<PresignedUploadProps>[] = [
  {
    code: 'PresignedUpload.WrongType',
    first: true,
    check: (props) => typed(props, {
      contentTypes: 'list', maxSize: 'object', partSize: 'object', urlTtl: 'duration', uploadWithin: 'duration', corsOrigins: 'list',
      tiering: 'object', prefix: 'text', disposable: 'flag', objectStore: 'construct', table: 'construct',
    }) ?? notSize('maxSize', props.maxSize) ?? notSize('partSize', props.partSize),
  },
  {
    code: 'PresignedUpload.ContentTypes',
    check: ({ contentTypes }) => each('contentTypes', contentTypes, CONTENT_TYPE, 'media types: image/png, or image/* for all of a kind'),
  },
  {
    code: 'PresignedUpload.CorsOrigins',
    check: ({ corsOrigins }) => each('corsOrigins', corsOrigins, ORIGIN, "origins: 'https://www.example.com', or '*'"),
  },
  {
    code: 'PresignedUpload.PartSize',
    check: ({ partSize }) => bytes('partSize', partSize, 5 * 2 ** 20, 5 * 2 ** 30),
  },
  {
    code: 'PresignedUpload.MaxSize',
    check: ({ maxSize }) => bytes('maxSize', maxSize, 1, MOST_PARTS * 5 * 2 ** 30),
  },
  {
    code: 'PresignedUpload.TooManyParts',
    check: ({ maxSize = SIZES.maxSize, partSize = SIZES.partSize }) => {
      const parts = Math.ceil(maxSize.toBytes() / partSize.toBytes());
      return parts > MOST_PARTS
        ? { given: `maxSize is ${parts} times partSize`, allowed: `at most ${MOST_PARTS} parts: a larger partSize` }
        : undefined;
    },
  },
  { code: 'PresignedUpload.UrlTtl', check: ({ urlTtl }) => known('urlTtl', urlTtl, 1, 60 * 60) },
  { code: 'PresignedUpload.UploadWithin', check: ({ uploadWithin }) => known('uploadWithin', uploadWithin, 60, 7 * DAY) },
  {
    // The owner, encoded, and the id of the upload follow in a key of 1,024 bytes.
    code: 'PresignedUpload.Prefix',
    check: ({ prefix }) => text('prefix', prefix, 2, 256)
      ?? (prefix === undefined || Token.isUnresolved(prefix) || /^[^/].*\/$/.test(prefix)
        ? undefined
        : { given: `prefix is ${show(prefix)}`, allowed: 'text that ends with / and does not begin with it' }),
  },
  {
    code: 'PresignedUpload.LatePrefix',
    check: ({ prefix }) => Token.isUnresolved(prefix)
      ? { given: 'a prefix known only at deployment', allowed: 'a prefix known at synthesis' }
      : undefined,
  },
  {
    code: 'PresignedUpload.NoObjectStore',
    check: ({ objectStore }) => objectStore && !objectStore.bucket
      ? { given: `objectStore is ${objectStore.node.path}, which has no bucket`, allowed: 'an ObjectStore' }
      : undefined,
  },
  {
    code: 'PresignedUpload.ShapedObjectStore',
    check: ({ objectStore, corsOrigins, tiering }) => objectStore && (corsOrigins ?? tiering)
      ? { given: `${corsOrigins ? 'corsOrigins' : 'tiering'} together with objectStore`, allowed: 'cors and tiering of that ObjectStore itself' }
      : undefined,
  },
];

/** The functions are told in numbers, so they have to be known. */
function known(prop: string, value: Duration | undefined, min: number, max: number): Refusal | undefined {
  return value?.isUnresolved()
    ? { given: `${prop} is known only at deployment`, allowed: 'a Duration known at synthesis' }
    : wholeSeconds(prop, value, min, max);
}

function notSize(prop: string, value: Size | undefined): Refusal | undefined {
  const kept = value === undefined || typeof value.toBytes === 'function' && !value.isUnresolved();
  return kept ? undefined : { given: `${prop} is ${show(value)}`, allowed: 'a Size known at synthesis, for example Size.mebibytes(100)' };
}

const bytes = (prop: string, size: Size | undefined, min: number, max: number) =>
  wholeNumber(`${prop} in bytes`, size?.toBytes(), min, max);

function each(prop: string, values: readonly string[] | undefined, pattern: RegExp, allowed: string): Refusal | undefined {
  if (values === undefined) {
    return undefined;
  }
  if (values.length === 0) {
    return { given: `no ${prop}`, allowed: `${allowed}; left out, it has its default` };
  }
  const wrong = values.findIndex((value) => typeof value !== 'string' || !Token.isUnresolved(value) && !pattern.test(value));
  return wrong === -1 ? eachOnce(prop, values) : { given: `${prop} has ${show(values[wrong])}`, allowed };
}
