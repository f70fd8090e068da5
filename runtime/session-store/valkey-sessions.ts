import { randomUUID } from 'node:crypto';
import { runScript, type ValkeyClient } from '../valkey';
import type { SessionBackend, SessionRecord } from './backend';

/** Where sessions are kept in Valkey. */
export interface ValkeySessionsOptions {
  readonly client: ValkeyClient;
  /**
   * The first part of every key.
   * @default sessions
   */
  readonly namespace?: string;
}

/** Keeps a session. KEYS: session. ARGV: milliseconds, fields and values. */
const CREATE = `
redis.call('HSET', KEYS[1], unpack(ARGV, 2))
redis.call('PEXPIRE', KEYS[1], ARGV[1])`;

/** Reads a session and lets it live on, at most until it ends. KEYS: session. ARGV: milliseconds. */
const FIND = `
local ends = redis.call('HGET', KEYS[1], 'endsAt')
if not ends then
  return false
end
local time = redis.call('TIME')
local left = tonumber(ends) - time[1] * 1000 - math.floor(time[2] / 1000)
redis.call('PEXPIRE', KEYS[1], math.floor(math.min(left, ARGV[1])))
return redis.call('HGETALL', KEYS[1])`;

/** Replaces the data of a session that nobody else has replaced. KEYS: session. ARGV: version, data. */
const WRITE = `
if redis.call('HGET', KEYS[1], 'version') ~= ARGV[1] then
  return 0
end
redis.call('HSET', KEYS[1], 'data', ARGV[2], 'version', ARGV[1] + 1)
return 1`;

/** Keeps an epoch for longer, or begins it. KEYS: user. ARGV: epoch, milliseconds. */
const JOIN = `
local epoch = redis.call('GET', KEYS[1]) or ARGV[1]
redis.call('SET', KEYS[1], epoch, 'PX', ARGV[2])
return epoch`;

/**
 * Sessions in Valkey 8 or Redis 7 and later, one hash each. A look is one round trip, and one more for the epoch of its user. A
 * server that fails over, evicts or is lost forgets sessions: their users sign in again.
 */
export class ValkeySessions implements SessionBackend {
  public constructor(private readonly options: ValkeySessionsOptions) {}

  public async create(key: string, record: SessionRecord, idleMilliseconds: number): Promise<void> {
    const fields = Object.entries(record).filter(([, value]) => value !== undefined) as [string, string | number][];
    const milliseconds = Math.min(idleMilliseconds, record.endsAt - record.startedAt);
    await runScript(this.options.client, CREATE, [this.session(key)], [milliseconds, ...fields.flat()]);
  }

  public async find(key: string, idleMilliseconds: number): Promise<SessionRecord | undefined> {
    const found = await runScript(this.options.client, FIND, [this.session(key)], [idleMilliseconds]);
    const { user, epoch, data, ...numbers } = fieldsOf(found);
    return data === undefined ? undefined : {
      user, epoch, data, version: Number(numbers.version), startedAt: Number(numbers.startedAt), endsAt: Number(numbers.endsAt),
    };
  }

  public async write(key: string, data: string, version: number): Promise<boolean> {
    return Number(await runScript(this.options.client, WRITE, [this.session(key)], [version, data])) === 1;
  }

  public async remove(key: string): Promise<void> {
    await this.options.client.call('DEL', this.session(key));
  }

  public async joinEpoch(user: string, milliseconds: number): Promise<string> {
    return String(await runScript(this.options.client, JOIN, [this.user(user)], [randomUUID(), milliseconds]));
  }

  public async epochOf(user: string): Promise<string | undefined> {
    const epoch = await this.options.client.call('GET', this.user(user));
    return epoch === null || epoch === undefined ? undefined : String(epoch);
  }

  public async endEpoch(user: string): Promise<void> {
    await this.options.client.call('DEL', this.user(user));
  }

  private session(key: string): string {
    return `${this.options.namespace ?? 'sessions'}:session:${key}`;
  }

  private user(user: string): string {
    return `${this.options.namespace ?? 'sessions'}:user:${user}`;
  }
}

/** A hash as the server gives it: names and values by turns. */
function fieldsOf(flat: unknown): Record<string, string | undefined> {
  const texts = Array.isArray(flat) ? flat.map(String) : [];
  return Object.fromEntries(texts.flatMap((name, index) => index % 2 === 0 ? [[name, texts[index + 1]]] : []));
}
