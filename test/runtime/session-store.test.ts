import { cookieKeys, SessionCookie, Sessions, type SessionBackend, type SessionRecord, sessionSettings } from '../../runtime/session-store';

const KEY = 'k'.repeat(32);
const OLD = 'o'.repeat(32);

/** Sessions in this process, without expiry. */
class Memory implements SessionBackend {
  public readonly records = new Map<string, SessionRecord>();
  public readonly epochs = new Map<string, string>();
  public writes = 0;

  public async create(key: string, record: SessionRecord): Promise<void> {
    this.records.set(key, record);
  }

  public async find(key: string): Promise<SessionRecord | undefined> {
    return this.records.get(key);
  }

  public async write(key: string, data: string, version: number): Promise<boolean> {
    this.writes += 1;
    const record = this.records.get(key);
    if (record?.version !== version) {
      return false;
    }
    this.records.set(key, { ...record, data, version: version + 1 });
    return true;
  }

  public async remove(key: string): Promise<void> {
    this.records.delete(key);
  }

  public async joinEpoch(user: string): Promise<string> {
    const epoch = this.epochs.get(user) ?? `epoch ${this.epochs.size}`;
    this.epochs.set(user, epoch);
    return epoch;
  }

  public async epochOf(user: string): Promise<string | undefined> {
    return this.epochs.get(user);
  }

  public async endEpoch(user: string): Promise<void> {
    this.epochs.delete(user);
  }
}

describe('Sessions', () => {
  test('ids have 256 random bits, and the backend knows none of them', async () => {
    const backend = new Memory();
    const { id } = await new Sessions({ backend }).start({});
    expect(Buffer.from(id, 'base64url')).toHaveLength(32);
    expect(JSON.stringify([...backend.records])).not.toContain(id);
  });

  test('an epoch that is lost ends a session for good', async () => {
    const backend = new Memory();
    const sessions = new Sessions({ backend });
    const { id } = await sessions.signIn('ada');
    expect(await sessions.find(id)).toMatchObject({ user: 'ada' });
    backend.epochs.clear();
    expect(await sessions.find(id)).toBeUndefined();
    expect(backend.records.size).toBe(0);
  });

  test('a change that changes nothing is not written', async () => {
    const backend = new Memory();
    const sessions = new Sessions({ backend });
    const { id } = await sessions.start({ a: 1 });
    await sessions.update(id, (data) => data);
    expect(backend.writes).toBe(0);
    await sessions.update(id, () => ({ a: 2 }));
    expect(backend.writes).toBe(1);
  });

  test('a change gives up when others are always quicker, and says so', async () => {
    const backend = new Memory();
    backend.write = async () => false;
    const sessions = new Sessions({ backend, random: () => 0 });
    const { id } = await sessions.start({ n: 0 });
    await expect(sessions.update(id, () => ({ n: 1 }))).rejects.toMatchObject({ name: 'SessionBusyError' });
    await expect(sessions.find(id)).resolves.toMatchObject({ data: { n: 0 } });
  });

  test('what is too long is refused before anything is written', async () => {
    const backend = new Memory();
    await expect(new Sessions({ backend }).start({ text: 'x'.repeat(65_536) })).rejects.toMatchObject({ name: 'SessionTooLargeError' });
    expect(backend.records.size).toBe(0);
  });

  test('unknown ids are no sessions', async () => {
    const sessions = new Sessions({ backend: new Memory() });
    expect(await Promise.all([sessions.find('x'), sessions.update('x', () => ({})), sessions.rotate('x')])).toEqual([undefined, undefined, undefined]);
    await expect(sessions.signIn('ada', { from: 'x' })).resolves.toMatchObject({ user: 'ada', data: {} });
  });

  test.each([{ idleSeconds: 0 }, { idleSeconds: 2, lifetimeSeconds: 1 }, { idleSeconds: NaN }])('refuses %j', (times) => {
    expect(() => new Sessions({ backend: new Memory(), ...times })).toThrow(RangeError);
  });
});

describe('SessionCookie', () => {
  const cookie = new SessionCookie({ keys: [KEY, OLD] });
  const valueOf = (setCookie: string) => setCookie.split(';')[0]!;

  test('is for this host only, over HTTPS, and out of the reach of scripts', () => {
    expect(cookie.issue('id')).toMatch(/^__Host-session=id\.[\w-]{43}; Path=\/; HttpOnly; SameSite=Lax; Secure$/);
    expect(new SessionCookie({ keys: [KEY], maxAgeSeconds: 60 }).issue('id')).toMatch(/; Secure; Max-Age=60$/);
    expect(cookie.clear()).toBe('__Host-session=; Path=/; HttpOnly; SameSite=Lax; Secure; Max-Age=0');
  });

  test('comes back as the id, among others, also signed with the key of before', () => {
    expect(cookie.read(`a=b; ${valueOf(cookie.issue('id'))}; c=d`)).toBe('id');
    expect(cookie.read(valueOf(new SessionCookie({ keys: [OLD] }).issue('id')))).toBe('id');
  });

  test.each([
    ['no header', undefined],
    ['no value', '__Host-session'],
    ['no signature', '__Host-session=id'],
    ['a signature of another id', valueOf(cookie.issue('id')).replace('=id.', '=ie.')],
    ['another key', valueOf(new SessionCookie({ keys: ['x'.repeat(32)] }).issue('id'))],
    ['another name', valueOf(new SessionCookie({ keys: [KEY], name: 'other' }).issue('id'))],
    ['the name without its prefix, which any page of the domain may set', valueOf(cookie.issue('id')).replace('__Host-', '')],
  ])('is not believed: %s', (_, header) => {
    expect(cookie.read(header)).toBeUndefined();
  });

  test('of a program without a certificate has no prefix', () => {
    const plain = new SessionCookie({ keys: [KEY], secure: false });
    expect(plain.issue('id')).toMatch(/^session=.*SameSite=Lax$/);
    expect(plain.read(valueOf(plain.issue('id')))).toBe('id');
  });

  test.each([[[]], [['short']]])('refuses the keys %j', (keys) => {
    expect(() => new SessionCookie({ keys })).toThrow(RangeError);
  });
});

describe('settings', () => {
  test('are two whole numbers', () => {
    expect(sessionSettings('S', { S_SESSIONS: '60,3600' })).toEqual({ idleSeconds: 60, lifetimeSeconds: 3600 });
    expect(() => sessionSettings('S', { S_SESSIONS: '60' })).toThrow("S_SESSIONS is '60'");
    expect(() => sessionSettings('S', {})).toThrow('S_SESSIONS is not set');
  });

  const missing = Object.assign(new Error('no such stage'), { name: 'ResourceNotFoundException' });
  const secrets = (stages: Record<string, string | Error>) => ({
    getSecretValue: async ({ VersionStage }: { readonly VersionStage?: string }) => {
      const value = stages[VersionStage!]!;
      if (value instanceof Error) {
        throw value;
      }
      return { SecretString: value };
    },
  });
  const environment = { S_COOKIE_KEY_SECRET_ARN: 'arn' };

  test('give the current key, and the one before where there is one', async () => {
    expect(await cookieKeys('S', secrets({ AWSCURRENT: KEY, AWSPREVIOUS: missing }), environment)).toEqual([KEY]);
    expect(await cookieKeys('S', secrets({ AWSCURRENT: KEY, AWSPREVIOUS: OLD }), environment)).toEqual([KEY, OLD]);
  });

  test('fail when the secret cannot be read', async () => {
    const denied = new Error('denied');
    await expect(cookieKeys('S', secrets({ AWSCURRENT: denied, AWSPREVIOUS: missing }), environment)).rejects.toBe(denied);
    await expect(cookieKeys('S', secrets({ AWSCURRENT: KEY, AWSPREVIOUS: denied }), environment)).rejects.toBe(denied);
  });
});
