import { ClickCounter } from '../../../blueprints/url-shortener/domain/click-counter';
import { countClickHandler } from '../../../blueprints/url-shortener/handlers/count-click';
import { fakeSqs, FakeTables, RecordingLogger, sqsRecord } from './fakes';

const NOW = new Date('2026-03-01T12:00:00.000Z');
const SLUG = 'abcdefghij';

function worker() {
  const tables = new FakeTables();
  tables.putLink({ slug: SLUG });
  const sqs = fakeSqs();
  const logger = new RecordingLogger();
  const handler = countClickHandler({
    sqs,
    queueUrl: 'https://sqs/clicks',
    retry: { maxAttempts: 5, firstDelaySeconds: 1, maxDelaySeconds: 900 },
    counter: new ClickCounter({ documents: tables.documents, linksTable: 'links', idempotencyTable: 'idempotency', now: () => NOW }),
    logger,
  });
  const deliver = (...bodies: string[]) => handler({ Records: bodies.map((body, i) => sqsRecord(`m${i}`, body)) });
  return { deliver, tables, sqs, logger };
}

const click = (id: string, slug = SLUG, more: { expiresAt?: number } = {}) =>
  JSON.stringify({ id, slug, at: NOW.toISOString(), ...more });

test('counts the clicks of a batch, each once', async () => {
  const { deliver, tables, logger } = worker();
  tables.putLink({ slug: 'klmnopqrst' });
  const response = await deliver(click('a'), click('b'), click('a'), click('c', 'klmnopqrst'), click('b'));
  expect(response).toEqual({ batchItemFailures: [] });
  expect(tables.link(SLUG)).toMatchObject({ clicks: 2 });
  expect(tables.link('klmnopqrst')).toMatchObject({ clicks: 1 });
  expect(logger.lines).toEqual([
    { level: 'info', message: 'click not counted', fields: { id: 'a', slug: SLUG, outcome: 'duplicate' } },
    { level: 'info', message: 'click not counted', fields: { id: 'b', slug: SLUG, outcome: 'duplicate' } },
  ]);
});

test('a batch that comes again whole changes nothing', async () => {
  const { deliver, tables } = worker();
  await deliver(click('a'), click('b'));
  await expect(deliver(click('a'), click('b'))).resolves.toEqual({ batchItemFailures: [] });
  expect(tables.link(SLUG)).toMatchObject({ clicks: 2 });
});

test('a poisoned message and a click without a link fail alone', async () => {
  const { deliver, tables, sqs, logger } = worker();
  const response = await deliver(click('a'), 'no click', click('b', 'lostlost00'), click('c'));
  expect(response).toEqual({ batchItemFailures: [{ itemIdentifier: 'm1' }, { itemIdentifier: 'm2' }] });
  expect(tables.link(SLUG)).toMatchObject({ clicks: 2 });
  expect(sqs.inputs).toHaveLength(2);
  expect(logger.lines.map(({ message, fields }) => [message, (fields.error as Error).name])).toEqual([
    ['attempt failed', 'MalformedClickError'], ['attempt failed', 'UnknownLinkError'],
  ]);
});

test('a click whose link is over and gone is acknowledged', async () => {
  const { deliver, logger } = worker();
  await expect(deliver(click('a', 'gonegone00', { expiresAt: NOW.getTime() / 1000 - 1 }))).resolves.toEqual({ batchItemFailures: [] });
  expect(logger.lines).toMatchObject([{ message: 'click not counted', fields: { outcome: 'expired' } }]);
});
