import { randomUUID } from 'node:crypto';
import { describeError } from '../errors';
import type { StructuredLogger } from '../logger';
import type { AnswerStore, KeptOutcome, KeyedRun, TakenKey } from './answer-store';
import { AnswerNotKeptError, AnswerTooLongError, KeyInProgressError, KeyReusedError, OvertakenError } from './errors';
import { fingerprint } from './fingerprint';

/** An item of DynamoDB has at most 400 KB (409,600 bytes), its other attributes included. */
const MAX_ANSWER_BYTES = 400_000;

/** How an operation is made idempotent. */
export interface IdempotencyOptions {
  /** Where answers are kept: `DynamoDbAnswers` or `ValkeyAnswers`. */
  readonly backend: AnswerStore;
  /** The name of the operation, so that several share a store: `create-link`. Renaming it forgets every key. */
  readonly name: string;
  /**
   * How long an answer is kept and given again, in seconds.
   * @default 86,400 (24 hours)
   */
  readonly expirySeconds?: number;
  /**
   * How long a key stays reserved for work that is under way, in milliseconds: longer than the work ever takes, since a
   * second attempt begins after it. After a crash the key is free that much later.
   * @default 60,000
   */
  readonly inProgressMilliseconds?: number;
  /**
   * Told when a key could not be freed.
   * @default - nobody
   */
  readonly logger?: StructuredLogger;
}

/** How one call is made idempotent. */
export interface IdempotentRunOptions<Answer> {
  /**
   * What must be the same when the key comes again, as JSON; the order of fields does not matter.
   * @default - not compared: the key alone decides
   */
  readonly request?: unknown;
  /**
   * Replaces that of the operation: `context.getRemainingTimeInMillis()` in a function of AWS Lambda.
   * @default - that of the operation
   */
  readonly inProgressMilliseconds?: number;
  /**
   * Whether an answer is kept. One that is not frees the key, as an error does.
   * @default - every answer is kept
   */
  readonly keep?: (answer: Answer) => boolean;
}

/** How the calls of a function are told apart. */
export interface IdempotentFunctionOptions<Payload, Answer> extends Pick<IdempotentRunOptions<Answer>, 'keep'> {
  /**
   * The key of a call.
   * @default - a fingerprint of the whole payload: equal payloads are one call
   */
  readonly key?: (payload: Payload) => string;
  /**
   * What must be the same when the key comes again.
   * @default - not compared: the key alone decides
   */
  readonly request?: (payload: Payload) => unknown;
}

/** What tells how long the work may take: the context of a function of AWS Lambda. */
export interface TimeBudget {
  getRemainingTimeInMillis(): number;
}

/**
 * Does what a key stands for once, and gives the same answer to everybody who comes with that key.
 *
 * The effect happens once as long as no attempt crashes or outlives its reservation: those may have had their effect before
 * the next attempt begins. Where even that must not be, write the effect and `once(...)` in one transaction.
 * Answers are identical in any case: nobody is given one that is not the one kept.
 */
export class Idempotency {
  private readonly expirySeconds: number;

  /** @throws RangeError when the name is empty, or a time is no whole number from 1 */
  public constructor(private readonly options: IdempotencyOptions) {
    const { name, expirySeconds = 24 * 60 * 60, inProgressMilliseconds = 60_000 } = options;
    if (name === '') {
      throw new RangeError('the name of the operation is empty; allowed: a name that no other operation of the store has');
    }
    atLeastOne('expirySeconds', expirySeconds);
    atLeastOne('inProgressMilliseconds', inProgressMilliseconds);
    this.expirySeconds = expirySeconds;
  }

  /**
   * Does the work, or gives the answer it gave before. Answers are kept as JSON, and the first caller too is given what JSON
   * makes of them: no `undefined` fields, dates as text. What throws frees the key.
   *
   * Two round trips when the work is done, one when it was done before.
   *
   * @param key tells calls apart; include who calls where callers choose their keys themselves
   * @throws KeyInProgressError while the key is taken; KeyReusedError when it comes with another request; OvertakenError when the
   *   work took too long and another attempt has begun; AnswerTooLongError, AnswerNotKeptError; and whatever the work throws
   */
  public async run<Answer>(
    key: string, work: () => Promise<Answer>, options: IdempotentRunOptions<Answer> = {},
  ): Promise<Answer> {
    const { backend, name, inProgressMilliseconds = 60_000 } = this.options;
    if (key === '') {
      throw new RangeError('the key is empty; allowed: text that tells calls apart');
    }
    const run: KeyedRun = {
      id: `${name}#${fingerprint(key)}`,
      run: randomUUID(),
      ...(options.request !== undefined && { validation: fingerprint(options.request) }),
    };
    const reserved = Math.max(1, Math.ceil(options.inProgressMilliseconds ?? inProgressMilliseconds));
    const taken = await backend.begin(run, reserved);
    // A client that got no answer to its first try sends it again, and then finds its own attempt.
    if (taken && taken.run !== run.run) {
      refuseUnlessDone(taken, run);
      return answerOf(taken);
    }
    let answer: Answer;
    try {
      answer = await work();
    } catch (error) {
      await this.release(run);
      throw error;
    }
    if (options.keep?.(answer) === false) {
      await this.release(run);
      return answer;
    }
    return this.complete(run, answer);
  }

  /**
   * Makes a function that is idempotent: `(payload, context?) => answer`. Given the context of a function of AWS Lambda, it
   * reserves keys for the time that is left.
   */
  public wrap<Payload, Answer, Context extends TimeBudget>(
    work: (payload: Payload, context?: Context) => Promise<Answer>, options: IdempotentFunctionOptions<Payload, Answer> = {},
  ): typeof work {
    const { key = fingerprint, request, keep } = options;
    return (payload, context) => this.run(key(payload), () => work(payload, context), {
      request: request?.(payload), keep, inProgressMilliseconds: context?.getRemainingTimeInMillis(),
    });
  }

  private async complete<Answer>(run: KeyedRun, answer: Answer): Promise<Answer> {
    let outcome: KeptOutcome;
    let kept: boolean;
    try {
      outcome = outcomeOf(answer);
      kept = await this.options.backend.complete(run, outcome, this.expirySeconds);
    } catch (cause) {
      throw new AnswerNotKeptError('the work is done, and its answer could not be kept', { cause });
    }
    if (!kept) {
      throw new OvertakenError('the work took longer than its key was reserved for, and another attempt has begun');
    }
    return answerOf(outcome);
  }

  /** The error of the work is the one to be heard: a key that cannot be freed frees itself later. */
  private async release(run: KeyedRun): Promise<void> {
    try {
      await this.options.backend.release(run);
    } catch (error) {
      this.options.logger?.warn('key not freed', { id: run.id, error: describeError(error) });
    }
  }
}

/** Nothing is given to whoever asks for something else, or too early. */
function refuseUnlessDone(taken: TakenKey, { validation }: KeyedRun): void {
  if (taken.validation !== validation) {
    throw new KeyReusedError('the key was used for another request');
  }
  if (!taken.completed) {
    throw new KeyInProgressError('a request with this key is under way');
  }
}

function outcomeOf(answer: unknown): KeptOutcome {
  const data = JSON.stringify(answer) as string | undefined;
  const bytes = Buffer.byteLength(data ?? '');
  return bytes > MAX_ANSWER_BYTES ? { tooLong: bytes } : { data };
}

function answerOf<Answer>({ data, tooLong }: KeptOutcome): Answer {
  if (tooLong !== undefined) {
    throw new AnswerTooLongError(tooLong, MAX_ANSWER_BYTES);
  }
  return (data === undefined ? undefined : JSON.parse(data)) as Answer;
}

function atLeastOne(what: string, value: number): void {
  if (!Number.isInteger(value) || value < 1) {
    throw new RangeError(`${what} is ${value}; allowed: a whole number from 1`);
  }
}
