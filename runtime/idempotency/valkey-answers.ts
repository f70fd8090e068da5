import { runScript, type ValkeyClient } from '../valkey';
import type { AnswerStore, KeptOutcome, KeyedRun, TakenKey } from './answer-store';

/** Where answers are kept in Valkey. */
export interface ValkeyAnswersOptions {
  readonly client: ValkeyClient;
  /**
   * The first part of every key.
   * @default idempotency
   */
  readonly namespace?: string;
}

/** Keeps an outcome unless another attempt has taken the key. KEYS: key. ARGV: run, record, seconds. */
const COMPLETE = `
local record = redis.call('GET', KEYS[1])
if record and cjson.decode(record).run ~= ARGV[1] then
  return 0
end
redis.call('SET', KEYS[1], ARGV[2], 'EX', ARGV[3])
return 1`;

/** Frees a key unless another attempt has taken it. KEYS: key. ARGV: run. */
const RELEASE = `
local record = redis.call('GET', KEYS[1])
if record and cjson.decode(record).run == ARGV[1] then
  redis.call('DEL', KEYS[1])
end`;

/**
 * Answers in Valkey 8 or Redis 7 and later, one key each. The server ends reservations and answers by its own clock, so clocks of
 * callers do not matter. A server that fails over or evicts may forget the latest keys, whose work is then done again: where that
 * must not be, keep answers in DynamoDB.
 */
export class ValkeyAnswers implements AnswerStore {
  public constructor(private readonly options: ValkeyAnswersOptions) {}

  public async begin(run: KeyedRun, inProgressMilliseconds: number): Promise<TakenKey | undefined> {
    const record = JSON.stringify({ run: run.run, status: 'INPROGRESS', validation: run.validation });
    const found = await this.options.client.call('SET', this.key(run), record, 'NX', 'GET', 'PX', inProgressMilliseconds);
    if (found === null || found === undefined) {
      return undefined;
    }
    const { status, ...taken } = JSON.parse(String(found)) as { status: string } & Omit<TakenKey, 'completed'>;
    return { ...taken, completed: status === 'COMPLETED' };
  }

  public async complete(run: KeyedRun, outcome: KeptOutcome, expirySeconds: number): Promise<boolean> {
    const record = JSON.stringify({ run: run.run, status: 'COMPLETED', validation: run.validation, ...outcome });
    return Number(await runScript(this.options.client, COMPLETE, [this.key(run)], [run.run, record, expirySeconds])) === 1;
  }

  public async release(run: KeyedRun): Promise<void> {
    await runScript(this.options.client, RELEASE, [this.key(run)], [run.run]);
  }

  private key({ id }: KeyedRun): string {
    return `${this.options.namespace ?? 'idempotency'}:${id}`;
  }
}
