import * as v from 'valibot';
import { Problem } from '../../../runtime';
import type { NewLink } from './link-store';
import { targetUrl } from './target-url';

const FIVE_YEARS_IN_SECONDS = 157_680_000;

/** One thing wrong with a document: where (a JSON pointer as a URI fragment, RFC 6901) and what. */
export interface FieldError {
  readonly pointer: string;
  readonly detail: string;
}

/**
 * Reads the document that asks for a link: `{ url, expiresInSeconds? }` and nothing else.
 *
 * @param ownHosts the names of the shortener itself
 * @throws Problem with everything that is wrong in `errors`: 400 when the document has the wrong shape (a field missing,
 *   unknown or of another type), 422 when its shape is right but a value is refused
 */
export function parseCreateLinkRequest(document: unknown, ownHosts: readonly string[]): NewLink {
  const fields = requestFields(ownHosts);
  const result = v.safeParse(v.pipe(AN_OBJECT, v.object(fields, 'is required')), document);
  const unknown = unknownFields(document, fields);
  if (result.success && unknown.length === 0) {
    return result.output;
  }
  const issues = result.issues ?? [];
  const isMisshapen = unknown.length > 0 || issues.some((issue) => issue.kind === 'schema');
  throw new Problem({
    status: isMisshapen ? 400 : 422,
    detail: isMisshapen ? 'The request does not have the expected shape.' : 'The request has a value that is refused.',
    extensions: { errors: [...issues.map(fieldError), ...unknown] },
  });
}

const AN_OBJECT = v.custom<object>((document) => isObject(document), 'must be an object');

function requestFields(ownHosts: readonly string[]) {
  return {
    url: v.pipe(
      v.string('must be a string'),
      v.rawTransform<string, string>(({ dataset, addIssue, NEVER }) => {
        const target = targetUrl(dataset.value, ownHosts);
        if ('refusal' in target) {
          addIssue({ message: target.refusal });
          return NEVER;
        }
        return target.href;
      }),
    ),
    expiresInSeconds: v.exactOptional(v.pipe(
      v.number('must be a number'),
      v.integer('must be a whole number'),
      v.minValue(1, 'must be at least 1'),
      v.maxValue(FIVE_YEARS_IN_SECONDS, `must be at most ${FIVE_YEARS_IN_SECONDS} (five years)`),
    )),
  };
}

/** Valibot's strict object names only the first field that it does not know. */
function unknownFields(document: unknown, known: object): FieldError[] {
  return isObject(document)
    ? Object.keys(document).filter((field) => !Object.hasOwn(known, field)).map((field) => fieldErrorAt([field], 'is unknown'))
    : [];
}

function fieldError(issue: v.BaseIssue<unknown>): FieldError {
  return fieldErrorAt((issue.path ?? []).map(({ key }) => String(key)), issue.message);
}

function fieldErrorAt(path: readonly string[], detail: string): FieldError {
  const steps = path.map((step) => encodeURIComponent(step.replaceAll('~', '~0').replaceAll('/', '~1')));
  return { pointer: ['#', ...steps].join('/'), detail };
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
