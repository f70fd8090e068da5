import * as assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { World } from '../../scenario';

const PASSWORD = 'correct horse battery staple';

/** What a node tells of itself. */
export interface Health {
  readonly status: string;
  readonly version: string;
  readonly node: number;
  readonly migrated: readonly string[];
}

/** A note, as the program answers it. */
export interface Note {
  readonly id: string;
  readonly text: string;
}

/** An answer, read to its end. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly bytes: Buffer;
}

/** What an answer says in JSON. */
export const said = <T>({ bytes }: Answer): T => JSON.parse(bytes.toString()) as T;

/** Asks without a cookie. */
export async function ask(world: World, path: string, init?: RequestInit): Promise<Answer> {
  const response = await world.request(path, init);
  const { status, headers } = response;
  // What is not read keeps its connection.
  return { status, headers, bytes: Buffer.from(await response.arrayBuffer()) };
}

/** A browser: it sends the cookie that it was given last. */
export class Browser {
  public cookie?: string;
  public email = `${randomUUID()}@example.com`;

  constructor(private readonly world: World) {}

  /** Signs somebody new up; resolves to this browser. */
  public async signUp(): Promise<this> {
    const { status } = await this.request('/users', { method: 'POST', body: this.credentials() });
    assert.equal(status, 201, 'somebody new signs up');
    return this;
  }

  /** Tries to sign somebody up; resolves to the status. */
  public async signUpAs(email: string): Promise<number> {
    this.email = email;
    return (await this.request('/users', { method: 'POST', body: this.credentials() })).status;
  }

  /** Signs in as somebody who has signed up; resolves to the status. */
  public async signIn(email: string = this.email): Promise<number> {
    this.email = email;
    return (await this.request('/session', { method: 'POST', body: this.credentials() })).status;
  }

  /** Whether it is signed in, as one of the nodes sees it. */
  public async isSignedIn(): Promise<boolean> {
    const { status } = await this.request('/session');
    assert.ok([200, 401].includes(status), `GET /session answers ${status}`);
    return status === 200;
  }

  public async write(text: string): Promise<Note> {
    const answer = await this.request('/notes', { method: 'POST', body: JSON.stringify({ text }) });
    assert.equal(answer.status, 201, `a note is written: ${answer.status}`);
    return said<Note>(answer);
  }

  public async notes(): Promise<Note[]> {
    const answer = await this.request('/notes');
    assert.equal(answer.status, 200, `notes are read: ${answer.status}`);
    return said<Note[]>(answer);
  }

  public async request(path: string, init: RequestInit = {}): Promise<Answer> {
    const headers = { ...init.headers, ...this.cookie !== undefined && { cookie: this.cookie } };
    const answer = await ask(this.world, path, { ...init, headers });
    this.cookie = answer.headers.getSetCookie()[0]?.split(';')[0] ?? this.cookie;
    return answer;
  }

  /** The body of a request that signs in. */
  public credentials(): string {
    return JSON.stringify({ email: this.email, password: PASSWORD });
  }
}

/** What each node says of itself, asked through the load balancer until so many have said that they are well. */
export async function nodesOf(world: World, nodes: number, path: string = '/healthz'): Promise<Health[]> {
  const heard = new Map<number, Health>();
  const deadline = Date.now() + 60_000;
  while (heard.size < nodes) {
    assert.ok(Date.now() < deadline, `${heard.size} of ${nodes} nodes answer`);
    const answer = await ask(world, path);
    if (answer.status === 200) {
      const health = said<Health>(answer);
      heard.set(health.node, health);
    }
    await sleep(20, undefined, { signal: world.signal });
  }
  return [...heard.values()];
}
