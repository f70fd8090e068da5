import {
  httpHandler, type HttpHandler, json, lazily, type StructuredLogger, tableName, type TimeWindow, windowedSettings, WindowReader,
  type WindowRange,
} from '../../../runtime';
import { isoTime } from '../domain/iso-time';
import { answerOf, parseSeriesQuery } from '../domain/series-query';
import { documentClient } from './support/clients';
import { logger } from './support/logger';

interface SeriesDependencies {
  /** The windows of a generation; of the one that is shown when none is named. */
  readonly read: (name: string, range: WindowRange, generation?: string) => Promise<TimeWindow[]>;
  readonly logger: StructuredLogger;
  readonly now?: () => number;
}

/** `GET /series`: the windows of a series. */
export function seriesHandler({ read, now = Date.now, ...dependencies }: SeriesDependencies): HttpHandler {
  return httpHandler(async ({ queryStringParameters }) => {
    const query = parseSeriesQuery(queryStringParameters, now());
    const { name, from, to, step, generation } = query;
    const windows = answerOf(await read(name, { from, to }, generation), query);
    return json(200, { name, from: isoTime(from), to: isoTime(to), step, windows });
  }, dependencies);
}

export const handler = lazily(() => {
  const documents = documentClient();
  const shown = { documents, tableName: tableName('MINUTES'), ...windowedSettings('MINUTES') };
  return seriesHandler({
    read: (name, range, generation = shown.generation) => new WindowReader({ ...shown, generation }).read(name, range),
    logger,
  });
});
