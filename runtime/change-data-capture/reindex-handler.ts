import type { Context } from 'aws-lambda';
import type { StructuredLogger } from '../logger';
import { reindex, type ReindexOptions, type ReindexProgress } from './reindex';

/** What a function that reindexes works with. */
export interface ReindexHandlerOptions<Item> extends Omit<ReindexOptions<Item>, 'progress' | 'stop'> {
  readonly logger: StructuredLogger;
  /**
   * How long before the function times out it begins no further page.
   * @default 20000
   */
  readonly reserveMilliseconds?: number;
}

/** A Lambda handler that goes on with a reindex, and answers how far it came. */
export type ReindexHandler = (
  event: { readonly progress?: ReindexProgress }, context: Pick<Context, 'getRemainingTimeInMillis'>,
) => Promise<{ readonly progress: ReindexProgress }>;

/**
 * Makes a Lambda handler for the part of a reindex that fits into one invocation: `{}` begins one, and its answer is the event
 * that goes on with it, until `progress.done`.
 *
 * Logged: 'reindexed' `{generation, items, rejected, done}`.
 */
export function reindexHandler<Item = Record<string, unknown>>(options: ReindexHandlerOptions<Item>): ReindexHandler {
  const { logger, reserveMilliseconds = 20_000, ...rest } = options;
  return async ({ progress }, context) => {
    const stop = () => context.getRemainingTimeInMillis() < reserveMilliseconds;
    const reached = await reindex<Item>({ ...rest, progress, stop });
    const { generation, items, rejected, done } = reached;
    logger.info('reindexed', { generation, items, rejected, done });
    return { progress: reached };
  };
}
