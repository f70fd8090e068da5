const EMAIL = /^[^\s@]{1,64}@[^\s@]{1,190}$/;
const SHORTEST_PASSWORD = 12;
const LONGEST_PASSWORD = 128;
const LONGEST_TEXT = 10_000;

/** What somebody signs in with. */
export interface Credentials {
  readonly email: string;
  readonly password: string;
}

/** The address, in lower case, and the password in a body; undefined when it has none that can be. */
export function credentialsIn(body: unknown): Credentials | undefined {
  const email = fieldOf(body, 'email');
  const password = fieldOf(body, 'password');
  const possible = email !== undefined && EMAIL.test(email)
    && password !== undefined && password.length >= SHORTEST_PASSWORD && password.length <= LONGEST_PASSWORD;
  return possible ? { email: email.toLowerCase(), password } : undefined;
}

/** The text of a note in a body; undefined when it has none that can be. */
export function textIn(body: unknown): string | undefined {
  const text = fieldOf(body, 'text');
  return text !== undefined && text.length > 0 && text.length <= LONGEST_TEXT ? text : undefined;
}

function fieldOf(body: unknown, name: string): string | undefined {
  const value = typeof body === 'object' && body !== null ? (body as Record<string, unknown>)[name] : undefined;
  return typeof value === 'string' ? value : undefined;
}
