import { STATUS_CODES } from 'node:http';
import type { HttpResponse } from './http';

/** What a problem says. */
export interface ProblemOptions {
  /** The HTTP status: 400 to 599. */
  readonly status: number;
  /** What went wrong this time, for a human who can then correct it. Never internals. */
  readonly detail: string;
  /**
   * A URI that identifies the kind of problem.
   * @default about:blank - the status says it all
   */
  readonly type?: string;
  /**
   * The kind of problem in a few words, the same for every occurrence.
   * @default - the phrase of the status, as RFC 9457 (section 4.2.1) asks for `about:blank`
   */
  readonly title?: string;
  /**
   * Further members of the document, such as `errors`. They cannot replace the standard ones.
   * @default - none
   */
  readonly extensions?: Readonly<Record<string, unknown>>;
  /**
   * Further headers of the answer, such as `retry-after`.
   * @default - none
   */
  readonly headers?: Readonly<Record<string, string>>;
}

/** A request that cannot be answered as asked, as a problem document (RFC 9457). Throw it; `httpHandler` answers it. */
export class Problem extends Error {
  public override readonly name = 'Problem';
  public readonly status: number;
  public readonly type: string;
  public readonly title: string;
  public readonly detail: string;
  public readonly extensions: Readonly<Record<string, unknown>>;
  public readonly headers: Readonly<Record<string, string>>;

  constructor(options: ProblemOptions) {
    super(options.detail);
    this.status = options.status;
    this.type = options.type ?? 'about:blank';
    this.title = options.title ?? STATUS_CODES[options.status] ?? 'Error';
    this.detail = options.detail;
    this.extensions = options.extensions ?? {};
    this.headers = options.headers ?? {};
  }
}

/** The answer that carries a problem document. It is never stored: the next try may well succeed. */
export function problemResponse(problem: Problem): HttpResponse {
  const { status, type, title, detail } = problem;
  return {
    statusCode: status,
    headers: { ...problem.headers, 'content-type': 'application/problem+json', 'cache-control': 'no-store' },
    body: JSON.stringify({ ...problem.extensions, type, title, status, detail }),
  };
}
