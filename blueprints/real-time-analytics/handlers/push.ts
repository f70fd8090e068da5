import { PostToConnectionCommand } from '@aws-sdk/client-apigatewaymanagementapi';
import type { DynamoDBBatchResponse, DynamoDBStreamEvent } from 'aws-lambda';
import {
  callbackUrl, Connections, lazily, type Post, type StructuredLogger, tableName, windowedSettings, WindowReader,
} from '../../../runtime';
import { changedSeries } from '../domain/changed-windows';
import { windowDocument } from '../domain/series-query';
import { connectionsClient, documentClient } from './support/clients';
import { logger } from './support/logger';

interface PushDependencies {
  readonly windows: Pick<WindowReader, 'read'>;
  readonly generation: string;
  readonly connections: Pick<Connections, 'broadcast'>;
  readonly post: Post;
  readonly logger: StructuredLogger;
}

/** Whoever shows the dashboard. */
const WATCHERS = 'dashboard';

/**
 * The changes of windows: tells those who watch what the windows are now. It tells totals and no differences, so that it does
 * no harm to hear one twice.
 */
export function pushHandler({ windows, generation, connections, post, logger: log }: PushDependencies) {
  return async ({ Records }: DynamoDBStreamEvent): Promise<DynamoDBBatchResponse> => {
    const changed = changedSeries(Records, generation);
    if (changed.length > 0) {
      const series = await Promise.all(changed.map(async ({ name, from, last }) => {
        // Past the end of the last one by a millisecond, before which it begins.
        const read = await windows.read(name, { from, to: last + 1 });
        return { name, windows: read.map(windowDocument) };
      }));
      const { sent, gone, failed } = await connections.broadcast(WATCHERS, { series }, post);
      log.info('pushed', { series: series.length, sent, gone, failed });
    }
    return { batchItemFailures: [] };
  };
}

export const handler = lazily(() => {
  const documents = documentClient();
  const client = connectionsClient(callbackUrl('LIVE'));
  const settings = windowedSettings('MINUTES');
  return pushHandler({
    windows: new WindowReader({ documents, tableName: tableName('MINUTES'), ...settings }),
    generation: settings.generation,
    connections: new Connections({ client: documents, tableName: tableName('LIVE'), logger }),
    post: (ConnectionId, Data) => client.send(new PostToConnectionCommand({ ConnectionId, Data })),
    logger,
  });
});
