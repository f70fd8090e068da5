import { json, type HttpRequest, type HttpResponse } from '../http';
import { Problem } from '../problem';
import { jobHasFinished, type Job } from './job';
import type { JobSettings } from './settings';

/** A job as clients see it: without its input and its owner. */
export function jobDocument(job: Job): Readonly<Record<string, unknown>> {
  return { ...job, input: undefined, owner: undefined, expiresAt: new Date(job.expiresAt * 1000).toISOString() };
}

/**
 * The answer to a request whose work is done later: 202 with where its state is found (`Location`) and when to ask
 * (`Retry-After`), and that state (RFC 9110, section 15.3.3).
 *
 * @param more further members of the document, such as where to upload to
 */
export function acceptedAnswer(job: Job, { path, pollSeconds }: Pick<JobSettings, 'path' | 'pollSeconds'>, more: object = {}): HttpResponse {
  return json(202, { ...more, ...jobDocument(job) }, { 'location': `${path}/${job.id}`, 'retry-after': String(pollSeconds) });
}

/**
 * The answer to a question for a job: 200 with its state, also when the job has failed, since the question has not; with
 * `Retry-After` while more is to be expected. No redirect to the result: clients that follow redirects by themselves would
 * never see the state.
 */
export function jobAnswer(job: Job, { pollSeconds }: Pick<JobSettings, 'pollSeconds'>): HttpResponse {
  return json(200, jobDocument(job), jobHasFinished(job) ? {} : { 'retry-after': String(pollSeconds) });
}

/** There is no such job, or it is somebody else's: a stranger learns nothing from the difference. */
export function noSuchJob(): Problem {
  return new Problem({ status: 404, detail: 'There is no such job, or it has been forgotten.' });
}

/**
 * Who sends a request, by what its authorizer says.
 *
 * @param claim the claim of the token, or the field of the context of a Lambda authorizer: `sub`
 */
export function callerOf(request: HttpRequest, claim: string): string | undefined {
  const { authorizer } = request.requestContext as { readonly authorizer?: Authorized };
  const value = authorizer?.jwt?.claims?.[claim] ?? authorizer?.lambda?.[claim];
  return typeof value === 'string' && value !== '' ? value : undefined;
}

interface Authorized {
  readonly jwt?: { readonly claims?: Readonly<Record<string, unknown>> };
  readonly lambda?: Readonly<Record<string, unknown>> | null;
}
