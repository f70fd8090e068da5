import { Problem } from '../problem';
import type { UploadSettings } from './settings';

/** What a client announces. */
export interface UploadRequest {
  readonly size: number;
  readonly contentType: string;
  readonly name?: string;
  readonly sha256?: string;
  readonly urlSeconds: number;
}

/** A media type without parameters (RFC 9110, section 8.3.1). */
const MEDIA_TYPE = /^[\w!#$&^.+-]{1,64}\/[\w!#$&^.+-]{1,64}$/;
const SHA_256 = /^[A-Za-z0-9+/]{43}=$/;

/**
 * Reads what a client announces.
 *
 * @throws Problem 422 that names every field at fault
 */
export function parseUploadRequest(body: unknown, settings: UploadSettings): UploadRequest {
  const { size, contentType, name, sha256, urlExpiresInSeconds = settings.urlSeconds, ...others } = recordOf(body);
  const whole = (value: unknown, max: number) => Number.isInteger(value) && Number(value) >= 1 && Number(value) <= max;
  const errors = [
    ...whole(size, settings.maxBytes) ? [] : [`size must be a whole number of bytes from 1 to ${settings.maxBytes}`],
    ...takes(contentType, settings) ? [] : [`contentType must be ${settings.contentTypes?.join(' or ') ?? 'a media type without parameters'}`],
    ...name === undefined || typeof name === 'string' && name.length >= 1 && name.length <= 255 ? [] : ['name must have 1 to 255 characters'],
    ...sha256 === undefined || typeof sha256 === 'string' && SHA_256.test(sha256) ? [] : ['sha256 must be a SHA-256 in Base64'],
    ...whole(urlExpiresInSeconds, settings.urlSeconds)
      ? []
      : [`urlExpiresInSeconds must be a whole number from 1 to ${settings.urlSeconds}`],
    ...Object.keys(others).map((field) => `${field} is not known`),
  ];
  if (errors.length > 0) {
    throw new Problem({ status: 422, detail: `${errors.join('; ')}.`, extensions: { errors } });
  }
  return { size, contentType, name, sha256, urlSeconds: urlExpiresInSeconds } as UploadRequest;
}

/**
 * Reads which parts a client wants to send.
 *
 * @throws Problem 422 when it names none, more than 100, or one that there is not
 */
export function parsePartNumbers(body: unknown, count: number): number[] {
  const { numbers } = recordOf(body);
  const kept = Array.isArray(numbers) && numbers.length >= 1 && numbers.length <= 100
    && numbers.every((number) => Number.isInteger(number) && number >= 1 && number <= count);
  if (!kept) {
    throw new Problem({ status: 422, detail: `numbers must be 1 to 100 whole numbers from 1 to ${count}.` });
  }
  return [...new Set(numbers as number[])];
}

function takes(contentType: unknown, { contentTypes }: UploadSettings): boolean {
  if (typeof contentType !== 'string' || !MEDIA_TYPE.test(contentType)) {
    return false;
  }
  const given = contentType.toLowerCase();
  return contentTypes === undefined || contentTypes.some((allowed) =>
    allowed.endsWith('/*') ? given.startsWith(allowed.slice(0, -1).toLowerCase()) : given === allowed.toLowerCase());
}

function recordOf(body: unknown): Readonly<Record<string, unknown>> {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw new Problem({ status: 422, detail: 'The body must be a JSON object.' });
  }
  return body as Readonly<Record<string, unknown>>;
}
