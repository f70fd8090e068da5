import { type Clock, systemClock } from '../clock';
import type { Environment } from '../environment';
import { retry } from '../retry';
import { signedHeaders, signerOf } from '../sigv4';
import { SearchEngineError } from './errors';

/** A request to OpenSearch. */
export interface OpenSearchRequest {
  readonly method: 'GET' | 'POST' | 'PUT';
  /** From the root, with its query: `/events/_search`. */
  readonly path: string;
  /** Sent as JSON; text is sent as it is, as newline-delimited JSON. */
  readonly body?: object | string;
  /** Answers with these statuses are no errors. */
  readonly accept?: readonly number[];
}

/** What sends requests to OpenSearch. */
export interface OpenSearchClient {
  /** @throws SearchEngineError when it answers with an error that the request does not accept */
  send(request: OpenSearchRequest): Promise<{ readonly status: number; readonly body: unknown }>;
}

/** What holds for `openSearchClient`. */
export interface OpenSearchClientOptions {
  /**
   * How long one attempt may take.
   * @default 5000
   */
  readonly timeoutMilliseconds?: number;
  /**
   * How often a request is tried that found the engine busy or out of reach.
   * @default 3
   */
  readonly attempts?: number;
  /** @default process.env */
  readonly environment?: Environment;
  /** @default systemClock */
  readonly clock?: Pick<Clock, 'now' | 'sleep'>;
}

const BUSY = [429, 502, 503, 504];

/** Sends requests to a domain of Amazon OpenSearch Service, each signed with the role of the Lambda function. */
export function openSearchClient(endpoint: string, options: OpenSearchClientOptions = {}): OpenSearchClient {
  const { timeoutMilliseconds = 5000, attempts = 3, environment = process.env, clock = systemClock } = options;
  const once = async ({ method, path, body, accept = [] }: OpenSearchRequest) => {
    const url = new URL(path, endpoint);
    const text = body === undefined ? '' : typeof body === 'string' ? body : JSON.stringify(body);
    const headers = { 'content-type': typeof body === 'string' ? 'application/x-ndjson' : 'application/json' };
    const signer = { ...signerOf('give it a client of your own', environment), service: 'es', now: clock.now() };
    const response = await fetch(url, {
      method,
      headers: signedHeaders(signer, { method, url, headers, body: text }),
      ...text !== '' && { body: text },
      signal: AbortSignal.timeout(timeoutMilliseconds),
    });
    const answer = await response.text();
    if (!response.ok && !accept.includes(response.status)) {
      throw new SearchEngineError(`${method} ${url.pathname} was answered ${response.status}: ${answer.slice(0, 500)}`, response.status);
    }
    return { status: response.status, body: answer.startsWith('{') ? JSON.parse(answer) as unknown : answer };
  };
  const retryable = (error: unknown) => !(error instanceof SearchEngineError) || BUSY.includes(error.status);
  return { send: (request) => retry(() => once(request), { attempts, retryable, clock }) };
}
