import { withFirst } from '../first-error';
import type { HttpHandler, HttpRequest, HttpResponse } from '../http';
import type { CountEvent } from '../metrics';
import { OverloadedError, overloadedProblem } from './errors';
import type { Arrival, Gate } from './gate';

/** What an admission control needs. */
export interface AdmissionControlOptions {
  /** All of them must admit: what costs nothing to ask comes first. */
  readonly gates: readonly Gate[];
  /**
   * Told of `admitted`, `turnedAway` and `degraded`.
   * @default - nobody
   */
  readonly count?: CountEvent;
}

/** What holds for the requests of one handler. */
export interface AdmitOptions {
  /**
   * The degraded answer for a request that is turned away, for example what is in the cache. When it fails, the answer is the
   * 503 that it would have been.
   * @default - 503 with Retry-After
   */
  readonly fallback?: (request: HttpRequest, error: OverloadedError) => Promise<HttpResponse>;
  /**
   * The level of importance of a request.
   * @default - all requests are alike
   */
  readonly levelOf?: (request: HttpRequest) => string | undefined;
}

/** Turns work away at the door while there is too much of it, so that what is admitted gets done. */
export class AdmissionControl {
  constructor(private readonly options: AdmissionControlOptions) {}

  /** A handler that begins only what is admitted: `httpHandler(admission.admit(answer), { logger })`. */
  public admit(answer: HttpHandler, { fallback, levelOf }: AdmitOptions = {}): HttpHandler {
    return async (request, context) => {
      let leave: () => void;
      try {
        leave = await this.enter({ level: levelOf?.(request) });
      } catch (error) {
        if (!(error instanceof OverloadedError)) {
          throw error;
        }
        return this.degrade(error, fallback && (() => fallback(request, error)));
      }
      try {
        return await answer(request, context);
      } finally {
        leave();
      }
    };
  }

  /**
   * Does work that is admitted.
   *
   * @throws OverloadedError when it is not; nothing of it was begun
   */
  public async run<Result>(work: () => Promise<Result>, arrival: Arrival = {}): Promise<Result> {
    const leave = await this.enter(arrival);
    try {
      return await work();
    } finally {
      leave();
    }
  }

  private async enter(arrival: Arrival): Promise<() => void> {
    const left: (() => void)[] = [];
    const leave = () => left.forEach((done) => done());
    try {
      for (const gate of this.options.gates) {
        const done = await gate.enter(arrival);
        if (done) {
          left.push(done);
        }
      }
    } catch (error) {
      leave();
      if (error instanceof OverloadedError) {
        this.options.count?.('turnedAway');
      }
      throw error;
    }
    this.options.count?.('admitted');
    return leave;
  }

  private async degrade(error: OverloadedError, fallback?: () => Promise<HttpResponse>): Promise<HttpResponse> {
    const problem = overloadedProblem(error);
    if (!fallback) {
      throw Object.assign(problem, { cause: error });
    }
    try {
      const response = await fallback();
      this.options.count?.('degraded');
      return response;
    } catch (second) {
      throw Object.assign(problem, { cause: withFirst(second, error) });
    }
  }
}
