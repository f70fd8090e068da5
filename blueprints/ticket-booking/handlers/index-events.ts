import { changeDataCapture, deadLettersUrl, lazily } from '../../../runtime';
import type { Event } from '../domain/event';
import { sqsClient } from './support/clients';
import { logger } from './support/logger';
import { openIndex } from './support/search';

/** What an event is found by, and what a list of events shows of it. */
export function documentOf({ id, name, venue, city, startsAt, cents }: Event) {
  return { id, fields: { name, venue, city, startsAt, cents } };
}

export const handler = lazily(() => changeDataCapture<Event>({
  sink: openIndex(),
  map: documentOf,
  logger,
  deadLetters: { sqs: sqsClient(), queueUrl: deadLettersUrl('CHANGES') },
}));
