import { describeError } from '../errors';
import { Problem } from '../problem';
import type { RecordedError } from './circuit';

/** A call was not made, since the dependency is known to fail. `cause` is the error that opened the circuit, as recorded. */
export class CircuitOpenError extends Error {
  public override readonly name = 'CircuitOpenError';

  constructor(
    /** What is not called. */
    public readonly dependency: string,
    /** When to come back: whole seconds, 1 or more. */
    public readonly retryAfterSeconds: number,
    cause: RecordedError,
  ) {
    const error = new Error(cause.message);
    error.name = cause.name;
    error.stack = undefined;
    super(`the circuit to ${dependency} is open: ${cause.name}: ${cause.message}`, { cause: error });
  }
}

/** A call took longer than it may. What it asked for may have happened nevertheless. */
export class CircuitTimeoutError extends Error {
  public override readonly name = 'CircuitTimeoutError';

  constructor(public readonly dependency: string, public readonly timeoutMilliseconds: number) {
    super(`${dependency} did not answer within ${timeoutMilliseconds} ms`);
  }
}

/** The answer to an HTTP caller whose request needs what is behind an open circuit: 503 with Retry-After. */
export function circuitProblem({ retryAfterSeconds }: CircuitOpenError): Problem {
  return new Problem({
    status: 503,
    detail: `A service that this needs is not available. Try again in ${retryAfterSeconds} s.`,
    headers: { 'retry-after': String(retryAfterSeconds) },
  });
}

/**
 * Whether an error tells that the dependency is not well. An answer that blames the caller (HTTP 400 to 499) does not, except
 * for a timeout (408) and throttling (429, and what the AWS SDK calls so).
 */
export function isDependencyFailure(error: unknown): boolean {
  const { name, status, statusCode, response, $metadata, $retryable } = Object(error) as ErrorWithStatus;
  const code = [status, statusCode, response?.status, $metadata?.httpStatusCode].find((value) => typeof value === 'number') ?? 500;
  const overloaded = code === 408 || code === 429 || $retryable !== undefined || THROTTLED.test(String(name));
  return overloaded || code < 400 || code >= 500;
}

/** What the store keeps of an error: enough to know it again, not enough to carry data about. */
export function record(thrown: unknown): RecordedError {
  const { name, message } = describeError(thrown);
  return { name: name.slice(0, 100), message: message.slice(0, 200) };
}

const THROTTLED = /^(Throttl|TooManyRequests|ProvisionedThroughput|RequestLimit|SlowDown)/;

interface ErrorWithStatus {
  readonly name?: unknown;
  readonly status?: unknown;
  readonly statusCode?: unknown;
  readonly response?: { readonly status?: unknown };
  readonly $metadata?: { readonly httpStatusCode?: unknown };
  readonly $retryable?: unknown;
}
