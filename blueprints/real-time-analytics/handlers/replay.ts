import type { Context } from 'aws-lambda';
import { lazily, type StructuredLogger, tableName, WindowedAggregate, windowedSettings } from '../../../runtime';
import { readSetting } from '../../../runtime/environment';
import { type Replayed, Replayer, type ReplayerOptions } from '../domain/replayer';
import { documentClient, kinesisClient } from './support/clients';
import { logger } from './support/logger';

/** What a replay is called with. */
export interface ReplayRequest {
  /** The generation that it counts into: a new name begins with nothing. */
  readonly generation: string;
  /** The time whose records come first, ISO 8601. @default - the oldest record that is kept */
  readonly from?: string;
}

interface ReplayDependencies {
  readonly replayer: (generation: string, mayGoOn: ReplayerOptions['mayGoOn']) => Pick<Replayer, 'run'>;
  /** The generation that the dashboard shows, which is no place for a replay. */
  readonly shown: string;
  readonly logger: StructuredLogger;
}

/** How long a page may take: without so much time left another call has to go on. */
const PAGE_MILLISECONDS = 10_000;

/** Called by hand: counts the stream again, from a time on. */
export function replayHandler({ replayer, shown, logger: log }: ReplayDependencies) {
  return async ({ generation, from }: ReplayRequest, context: Pick<Context, 'getRemainingTimeInMillis'>): Promise<Replayed> => {
    if (typeof generation !== 'string' || !/^[A-Za-z0-9_.-]{1,32}$/.test(generation) || generation === shown) {
      throw new Error(`generation is a name of 1 to 32 letters, digits, _, . and -, and not ${shown}, which is shown`);
    }
    const time = from === undefined ? undefined : new Date(from);
    if (time && Number.isNaN(time.getTime())) {
      throw new Error('from is a time: 2026-11-22T12:00:00Z');
    }
    const done = await replayer(generation, () => context.getRemainingTimeInMillis() > PAGE_MILLISECONDS).run(time);
    log.info('replayed', { generation, from, ...done });
    return done;
  };
}

export const handler = lazily(() => {
  const [documents, kinesis, settings] = [documentClient(), kinesisClient(), windowedSettings('MINUTES')];
  return replayHandler({
    replayer: (generation, mayGoOn) => new Replayer({
      kinesis,
      streamArn: readSetting('EVENTS_STREAM_ARN', 'RealTimeAnalytics'),
      aggregate: new WindowedAggregate({ documents, tableName: tableName('MINUTES'), ...settings, generation }),
      logger,
      mayGoOn,
    }),
    shown: settings.generation,
    logger,
  });
});
