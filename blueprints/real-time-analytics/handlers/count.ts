import { lazily, tableName, windowConsumer, WindowedAggregate, windowedSettings } from '../../../runtime';
import { measure, parseEvent } from '../domain/event';
import { documentClient } from './support/clients';
import { logger } from './support/logger';

/** The events in the stream: counts each of them in its minute, once. */
export const handler = lazily(() => windowConsumer({
  aggregate: new WindowedAggregate({ documents: documentClient(), tableName: tableName('MINUTES'), ...windowedSettings('MINUTES') }),
  measure: (data) => measure(parseEvent(JSON.parse(data))),
  logger,
}));
