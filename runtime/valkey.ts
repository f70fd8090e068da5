import { createHash } from 'node:crypto';

/**
 * A client of Valkey or Redis, by the one method that iovalkey and ioredis share for every command; a single server and a
 * cluster alike. For node-redis it is `{ call: (...command) => client.sendCommand(command.map(String)) }`.
 */
export interface ValkeyClient {
  call(command: string, ...args: (string | number | Buffer)[]): Promise<unknown>;
}

/** A Lua script, which the server runs as one step between other commands. */
export interface ValkeyScript {
  readonly source: string;
  readonly sha1: string;
}

/** A script by its source. */
export function script(source: string): ValkeyScript {
  return { source, sha1: createHash('sha1').update(source).digest('hex') };
}

/**
 * Runs a script in one round trip. A server that does not know it yet (new, restarted, failed over) is sent the source once.
 *
 * @param keys all keys it touches; in a cluster they must share a hash tag, `{tag}`
 */
export async function runScript(
  client: ValkeyClient, { source, sha1 }: ValkeyScript, keys: readonly string[], args: readonly (string | number)[],
): Promise<unknown> {
  try {
    return await client.call('EVALSHA', sha1, keys.length, ...keys, ...args);
  } catch (error) {
    if (!(error instanceof Error) || !error.message.startsWith('NOSCRIPT')) {
      throw error;
    }
    return client.call('EVAL', source, keys.length, ...keys, ...args);
  }
}
