import { createHash, randomBytes } from 'node:crypto';
import { type Clock, systemClock } from '../clock';
import type { SessionBackend, SessionRecord } from './backend';
import { SessionBusyError, SessionTooLargeError } from './errors';

/** How sessions are kept. */
export interface SessionsOptions {
  /** Where: `DynamoDbSessions` or `ValkeySessions`. */
  readonly backend: SessionBackend;
  /**
   * After how long without a request a session ends, in seconds.
   * @default 1800
   */
  readonly idleSeconds?: number;
  /**
   * After how long a session ends however much it is used, in seconds.
   * @default 43200
   */
  readonly lifetimeSeconds?: number;
  /** @default systemClock */
  readonly clock?: Clock;
  /**
   * Uniform in [0, 1).
   * @default Math.random
   */
  readonly random?: () => number;
}

/** What a program keeps in a session: anything that JSON can say. */
export type SessionData = Readonly<Record<string, unknown>>;

/** A session as it was when it was read. */
export interface Session<Data extends SessionData = SessionData> {
  /** What the browser keeps in its cookie. It is known to nobody else: the backend has a hash of it. */
  readonly id: string;
  /** Who has signed in; undefined before. */
  readonly user?: string;
  readonly data: Data;
  /** When it began, in milliseconds of the epoch. */
  readonly startedAt: number;
  /** When it ends however much it is used, in milliseconds of the epoch. */
  readonly endsAt: number;
}

/** How a session is begun by signing in. */
export interface SignInOptions<Data extends SessionData = SessionData> {
  /** The id of the session before: its data goes over, and it ends. A text that is no session's is ignored. */
  readonly from?: string;
  /**
   * What is in the session.
   * @default - what was in the one before
   */
  readonly data?: Data;
}

const ID_BYTES = 32;
const MAX_BYTES = 64 * 1024;
const TRIES = 20;
const LONGEST_PAUSE_MILLISECONDS = 50;

/**
 * Sessions of a web program that any of its processes can serve: whichever process began one may end, and the others go on with
 * it. Ids have 256 random bits. Changes are applied one after the other, none is lost.
 */
export class Sessions<Data extends SessionData = SessionData> {
  private readonly backend: SessionBackend;
  private readonly idle: number;
  private readonly lifetime: number;
  private readonly clock: Clock;
  private readonly random: () => number;

  /** @throws RangeError when a time is not positive, or the idle time is longer than the lifetime */
  public constructor(options: SessionsOptions) {
    const { backend, idleSeconds = 1800, lifetimeSeconds = 43_200, clock = systemClock, random = Math.random } = options;
    if (!(idleSeconds > 0) || !(lifetimeSeconds >= idleSeconds)) {
      throw new RangeError(`idleSeconds ${idleSeconds}, lifetimeSeconds ${lifetimeSeconds}; `
        + 'allowed: positive, and a lifetime no shorter than the idle time');
    }
    this.backend = backend;
    this.idle = idleSeconds * 1000;
    this.lifetime = lifetimeSeconds * 1000;
    this.clock = clock;
    this.random = random;
  }

  /**
   * Begins a session of somebody who has not signed in.
   *
   * @throws SessionTooLargeError when the data has more than 64 KiB
   */
  public async start(data: Data): Promise<Session<Data>> {
    return this.create({ data: toJson(data) });
  }

  /** The session with that id, which lives on by it; undefined when there is none, or it has ended. */
  public async find(id: string): Promise<Session<Data> | undefined> {
    const record = await this.read(keyOf(id));
    return record && this.toSession(id, record);
  }

  /**
   * Changes what is in a session. Of changes at the same time each is applied to the outcome of the one before.
   *
   * @param change makes the new data of the old; called again when somebody else was quicker
   * @returns undefined when there is no such session
   * @throws SessionBusyError when somebody else was quicker 20 times
   * @throws SessionTooLargeError when the data has more than 64 KiB
   */
  public async update(id: string, change: (data: Data) => Data): Promise<Session<Data> | undefined> {
    const key = keyOf(id);
    for (let tries = 0; tries < TRIES; tries += 1) {
      const record = await this.read(key);
      if (!record) {
        return undefined;
      }
      const data = toJson(change(JSON.parse(record.data) as Data));
      if (data === record.data || await this.backend.write(key, data, record.version)) {
        return this.toSession(id, { ...record, data });
      }
      await this.clock.sleep(this.random() * LONGEST_PAUSE_MILLISECONDS);
    }
    throw new SessionBusyError(TRIES);
  }

  /**
   * Begins a session of somebody who has proven who they are. It has a new id, and the one before ends: who has planted or seen
   * the old id has nothing.
   *
   * @param user who it is; the same text at every sign-in
   * @throws SessionTooLargeError when the data has more than 64 KiB
   */
  public async signIn(user: string, { from, data }: SignInOptions<Data> = {}): Promise<Session<Data>> {
    const before = from === undefined ? undefined : await this.read(keyOf(from));
    const kept = data === undefined ? before?.data ?? '{}' : toJson(data);
    const session = await this.create({ data: kept, user, epoch: await this.backend.joinEpoch(user, this.lifetime) });
    if (before) {
      await this.backend.remove(keyOf(from!));
    }
    return session;
  }

  /**
   * Gives a session a new id: to be done whenever what it may do grows. It ends no later than before.
   *
   * @returns undefined when there is no such session
   */
  public async rotate(id: string): Promise<Session<Data> | undefined> {
    const record = await this.read(keyOf(id));
    if (!record) {
      return undefined;
    }
    const session = await this.create(record, record.endsAt);
    await this.backend.remove(keyOf(id));
    return session;
  }

  /** Ends a session. */
  public async end(id: string): Promise<void> {
    await this.backend.remove(keyOf(id));
  }

  /** Ends all sessions of a user, on every machine, from the next request on. */
  public async endAll(user: string): Promise<void> {
    await this.backend.endEpoch(user);
  }

  private async create(
    { data, user, epoch }: Pick<SessionRecord, 'data' | 'user' | 'epoch'>, latest: number = Infinity,
  ): Promise<Session<Data>> {
    const startedAt = this.clock.now();
    const record = { user, epoch, data, version: 1, startedAt, endsAt: Math.min(startedAt + this.lifetime, latest) };
    const id = randomBytes(ID_BYTES).toString('base64url');
    await this.backend.create(keyOf(id), record, this.idle);
    return this.toSession(id, record);
  }

  private async read(key: string): Promise<SessionRecord | undefined> {
    const record = await this.backend.find(key, this.idle);
    if (record?.user === undefined || await this.backend.epochOf(record.user) === record.epoch) {
      return record;
    }
    await this.backend.remove(key);
    return undefined;
  }

  private toSession(id: string, { user, data, startedAt, endsAt }: SessionRecord): Session<Data> {
    return { id, user, data: JSON.parse(data) as Data, startedAt, endsAt };
  }
}

/** Who reads the backend must not be able to take over sessions. */
const keyOf = (id: string) => createHash('sha256').update(id).digest('base64url');

function toJson(data: SessionData): string {
  const json = JSON.stringify(data);
  const bytes = Buffer.byteLength(json);
  if (bytes > MAX_BYTES) {
    throw new SessionTooLargeError(bytes, MAX_BYTES);
  }
  return json;
}
