import { createHash } from 'node:crypto';

/**
 * A client of Valkey or Redis, by the one method that iovalkey and ioredis share for every command; a single server and a
 * cluster alike. For node-redis it is `{ call: (...command) => client.sendCommand(command.map(String)) }`.
 */
export interface ValkeyClient {
  call(command: string, ...args: (string | number | Buffer)[]): Promise<unknown>;
}

const hashes = new Map<string, string>();

/**
 * Runs a Lua script, which the server does as one step between other commands, in one round trip. A server that does not know it
 * yet (new, restarted, failed over) is sent the source once.
 *
 * @param keys all keys it touches; in a cluster they must share a hash tag, `{tag}`
 */
export async function runScript(
  client: ValkeyClient, source: string, keys: readonly string[], args: readonly (string | number)[],
): Promise<unknown> {
  try {
    return await client.call('EVALSHA', hashOf(source), keys.length, ...keys, ...args);
  } catch (error) {
    if (!(error instanceof Error) || !error.message.startsWith('NOSCRIPT')) {
      throw error;
    }
    return client.call('EVAL', source, keys.length, ...keys, ...args);
  }
}

function hashOf(source: string): string {
  const known = hashes.get(source) ?? createHash('sha1').update(source).digest('hex');
  hashes.set(source, known);
  return known;
}
