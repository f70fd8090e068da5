import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import type { Database } from './database';

const hashOf = promisify(scrypt) as (password: string, salt: Buffer, length: number, options: object) => Promise<Buffer>;

/** OWASP Password Storage Cheat Sheet: scrypt with N = 2^15, r = 8, p = 3, which takes 32 MiB of a node's 512. */
const COST = { N: 2 ** 15, r: 8, p: 3, maxmem: 2 ** 26 };
const HASH_BYTES = 32;

/** Somebody who has signed up. */
export interface User {
  readonly id: string;
  readonly email: string;
}

/** Who has signed up. Passwords are kept as scrypt hashes. */
export class Users {
  constructor(private readonly database: Database) {}

  /** @returns undefined when somebody has that address already */
  public async signUp(email: string, password: string): Promise<User | undefined> {
    const salt = randomBytes(16);
    const hash = await hashOf(password, salt, HASH_BYTES, COST);
    const { value: [user] } = await this.database.write<{ id: string }>(
      'INSERT INTO users (email, salt, hash) VALUES ($1, $2, $3) ON CONFLICT (email) DO NOTHING RETURNING id', [email, salt, hash],
    );
    return user && { id: user.id, email };
  }

  /** @returns undefined when nobody has that address, or the password is another; both take the same time */
  public async signIn(email: string, password: string): Promise<User | undefined> {
    const [user] = await this.database.readFresh<{ id: string; salt: Buffer; hash: Buffer }>(
      'SELECT id, salt, hash FROM users WHERE email = $1', [email],
    );
    const hash = await hashOf(password, user?.salt ?? Buffer.alloc(16), HASH_BYTES, COST);
    return user && timingSafeEqual(hash, user.hash) ? { id: user.id, email } : undefined;
  }
}
