/**
 * The connection broke while a transaction was committed: it may have happened, or not. Look, or do it again where twice does no
 * harm; `cause` is what broke.
 */
export class CommitUnknownError extends Error {
  public override readonly name = 'CommitUnknownError';

  constructor(cause: unknown) {
    super('the connection broke while the transaction was committed: it may have happened or not', { cause });
  }
}

/** Transactions that were in each other's way: serialization failure and deadlock. */
const IN_THE_WAY = ['40001', '40P01'];
/**
 * What a server says that goes down or comes up: shut down, crashed, starting, connections refused; and that it takes no writes,
 * as a former writer after a failover.
 */
const GOING = /^(57P0[1-3]|08...|25006|53300)$/;
const NETWORK = ['ECONNRESET', 'ECONNREFUSED', 'EPIPE', 'ETIMEDOUT', 'EHOSTUNREACH', 'ENOTFOUND', 'EAI_AGAIN'];

const codeOf = (error: unknown) => String((error as { code?: unknown } | null | undefined)?.code ?? '');

/** Whether an error says that the connection is lost, or leads to a server that goes, comes or no longer takes writes. */
export function isConnectionLost(error: unknown): boolean {
  const code = codeOf(error);
  // What pg says itself has no code.
  return GOING.test(code) || NETWORK.includes(code)
    || code === '' && /connection (terminated|error)|timeout exceeded when trying to connect|not queryable/i.test(String(error));
}

/** Whether a transaction that failed with it may succeed when all of it is done again. */
export const isTransient = (error: unknown) => IN_THE_WAY.includes(codeOf(error)) || isConnectionLost(error);
