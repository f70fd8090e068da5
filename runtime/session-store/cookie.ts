import { createHmac, timingSafeEqual } from 'node:crypto';

/** How the cookie of a session is made. */
export interface SessionCookieOptions {
  /** The keys that cookies are signed with: the first signs, each is accepted. At least 32 characters each. */
  readonly keys: readonly string[];
  /**
   * The name, without the prefix.
   * @default session
   */
  readonly name?: string;
  /**
   * How long the browser keeps it, in seconds. The session itself may end sooner.
   * @default - until the browser is closed
   */
  readonly maxAgeSeconds?: number;
  /**
   * Whether it is sent over HTTPS only, as browsers demand for the prefix `__Host-`. Only to be turned off where there is no
   * certificate, which is no place for real users.
   * @default true
   */
  readonly secure?: boolean;
}

const SHORTEST_KEY = 32;

/**
 * The cookie that carries the id of a session: signed, for this host only (`__Host-`), out of the reach of scripts (HttpOnly),
 * and not sent with requests of other sites, but for links to pages (SameSite=Lax). A forged one costs no look at the backend.
 */
export class SessionCookie {
  /** The name of the cookie, with its prefix. */
  public readonly name: string;
  private readonly attributes: string;

  /** @throws RangeError when there is no key, or one is short */
  public constructor(private readonly options: SessionCookieOptions) {
    const { keys, name = 'session', secure = true } = options;
    if (keys.length === 0 || keys.some(({ length }) => length < SHORTEST_KEY)) {
      throw new RangeError(`keys of ${keys.map(({ length }) => length).join(', ') || 'no'} characters; `
        + `allowed: at least one, each of ${SHORTEST_KEY} or more`);
    }
    this.name = secure ? `__Host-${name}` : name;
    this.attributes = `; Path=/; HttpOnly; SameSite=Lax${secure ? '; Secure' : ''}`;
  }

  /** The value of `Set-Cookie` that gives the browser a session. */
  public issue(id: string): string {
    const { keys, maxAgeSeconds } = this.options;
    const age = maxAgeSeconds === undefined ? '' : `; Max-Age=${maxAgeSeconds}`;
    return `${this.name}=${id}.${this.sign(id, keys[0]!)}${this.attributes}${age}`;
  }

  /** The value of `Set-Cookie` that takes it away. */
  public clear(): string {
    return `${this.name}=${this.attributes}; Max-Age=0`;
  }

  /**
   * The id in the value of the header `Cookie`; undefined when there is none, or it was not signed with one of the keys. With
   * several cookies of the name, the first that is signed counts.
   */
  public read(header: string | null | undefined): string | undefined {
    for (const pair of (header ?? '').split(';')) {
      const [name, value = ''] = pair.trim().split('=', 2);
      const [id = '', signature = ''] = value.split('.', 2);
      if (name === this.name && this.options.keys.some((key) => isSame(signature, this.sign(id, key)))) {
        return id;
      }
    }
    return undefined;
  }

  /** The name is signed too: a cookie of another purpose with the same key is none of a session. */
  private sign(id: string, key: string): string {
    return createHmac('sha256', key).update(`${this.name}=${id}`).digest('base64url');
  }
}

function isSame(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one), Buffer.from(other)];
  return a.length === b.length && timingSafeEqual(a, b);
}
