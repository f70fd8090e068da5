import type { DynamoDBDocumentClient, UpdateCommand, UpdateCommandInput } from '@aws-sdk/lib-dynamodb';
import {
  CronEventError, type CronOverlap, type CronRun, cronSettings, singletonCron, type SingletonCronOptions, SlotTakenOverError,
  type TimeLeft,
} from '../../runtime/singleton-cron';

const EVENT = { cron: 'Nightly', slot: '2026-11-22T03:00:00Z' };
const KEY = 'Nightly@2026-11-22T03:00:00Z';
const FENCE = 42;

/** A table that answers in the order of the protocol: take the lock, begin, end, release. What is in `refuse` it refuses. */
function table(refuse: readonly string[] = []) {
  const updates: UpdateCommandInput[] = [];
  const steps: string[] = [];
  const send = async ({ input }: UpdateCommand) => {
    const what = stepOf(input);
    updates.push(input);
    steps.push(what);
    if (refuse.includes(what)) {
      throw Object.assign(new Error(what), { name: 'ConditionalCheckFailedException' });
    }
    return { Attributes: { fence: FENCE } };
  };
  return { updates, steps, documents: { send } as unknown as Pick<DynamoDBDocumentClient, 'send'> };
}

function stepOf({ Key, UpdateExpression = '', ExpressionAttributeValues: values = {} }: UpdateCommandInput): string {
  if (String(Key?.name).startsWith('lock#')) {
    return UpdateExpression.startsWith('REMOVE') ? 'release' : 'lock';
  }
  return values[':state'] === 'running' ? 'begin' : 'end';
}

/** Time that passes only while somebody sleeps. */
function fakeClock() {
  let time = Date.parse('2026-11-22T03:00:01Z');
  return {
    now: () => time,
    monotonic: () => time,
    // The heartbeat never beats.
    timer: () => () => undefined,
    sleep: (milliseconds: number, signal?: AbortSignal) => new Promise<void>((resolve, reject) => {
      if (signal) {
        signal.addEventListener('abort', () => reject(signal.reason as Error));
      } else {
        time += milliseconds;
        resolve();
      }
    }),
  };
}

function setUp(refuse: string[] = [], options: Partial<SingletonCronOptions> = {}) {
  const counted: string[] = [];
  const runs: CronRun[] = [];
  const fake = table(refuse);
  const handler = singletonCron({
    documents: fake.documents, tableName: 'crons', clock: fakeClock(), count: (event) => counted.push(event),
    run: async (run) => { runs.push(run); },
    ...options,
  });
  return { ...fake, counted, runs, handler };
}

test('a slot is run in four round trips: lock, begin, end, release', async () => {
  const { handler, steps, updates, runs, counted } = setUp();
  await expect(handler(EVENT)).resolves.toBe('ran');
  expect(steps).toEqual(['lock', 'begin', 'end', 'release']);
  expect(runs).toEqual([{ ...EVENT, dueAt: new Date('2026-11-22T03:00:00Z'), fence: FENCE, signal: expect.any(AbortSignal) }]);
  expect(counted).toEqual(['CronRan']);
  expect(updates.map(({ Key }) => Key?.name)).toEqual(['lock#Nightly', `slot#${KEY}`, `slot#${KEY}`, 'lock#Nightly']);
  expect(updates[1]).toMatchObject({
    ConditionExpression: 'attribute_not_exists(#name) OR (#state = :state AND #fence < :fence)',
    ExpressionAttributeValues: { ':state': 'running', ':fence': FENCE, ':ttl': Date.parse('2026-11-22T03:00:01Z') / 1000 + 7 * 86_400 },
  });
  expect(updates[2]).toMatchObject({ ConditionExpression: '#fence = :fence', ExpressionAttributeValues: { ':state': 'done' } });
});

test('a slot that has been run is not run again', async () => {
  const { handler, steps, runs, counted } = setUp(['begin']);
  await expect(handler(EVENT)).resolves.toBe('repeated');
  expect(steps).toEqual(['lock', 'begin', 'release']);
  expect(runs).toEqual([]);
  expect(counted).toEqual(['CronRepeated']);
});

test.each<CronOverlap>(['skip', 'allow'])('while somebody is at work the trigger ends at once: %s', async (overlap) => {
  const { handler, steps, counted } = setUp(['lock'], { overlap });
  await expect(handler(EVENT)).resolves.toBe('busy');
  expect(steps).toEqual(['lock']);
  expect(counted).toEqual(['CronBusy']);
});

test.each<[string, Partial<SingletonCronOptions>, TimeLeft | undefined, number]>([
  ['a minute', {}, undefined, 60_000],
  ['half of the time that is left', {}, { getRemainingTimeInMillis: () => 20_000 }, 10_000],
  ['as long as it is told', { waitMilliseconds: 5000 }, { getRemainingTimeInMillis: () => 20_000 }, 5000],
])('a slot that may wait waits %s, and then is left to the next trigger', async (_, options, context, waited) => {
  const clock = fakeClock();
  const { handler, counted } = setUp(['lock'], { overlap: 'wait', clock, ...options });
  const before = clock.now();
  await expect(handler(EVENT, context)).rejects.toMatchObject({ name: 'LockNotAcquiredError' });
  expect(clock.now() - before).toBe(waited);
  expect(counted).toEqual(['CronFailed']);
});

test('slots that may be run at the same time have locks of their own', async () => {
  const { handler, updates } = setUp([], { overlap: 'allow' });
  await handler(EVENT);
  expect(updates[0]?.Key).toEqual({ name: `lock#${KEY}` });
});

test('a run that throws leaves the slot to the next trigger, and its error is heard', async () => {
  const { handler, steps, counted } = setUp([], { run: () => Promise.reject(new Error('disk full')) });
  await expect(handler(EVENT)).rejects.toThrow('disk full');
  expect(steps).toEqual(['lock', 'begin', 'release']);
  expect(counted).toEqual(['CronFailed']);
});

test('a run that was taken over is told so', async () => {
  const { handler } = setUp(['end']);
  await expect(handler(EVENT)).rejects.toThrow(new SlotTakenOverError(KEY, FENCE));
});

test('a table that is out of reach is an error, not a repetition', async () => {
  const fake = table();
  const send = async (command: UpdateCommand) => {
    if (stepOf(command.input) === 'begin') {
      throw new Error('throttled');
    }
    return fake.documents.send(command as never) as unknown;
  };
  const { handler } = setUp([], { documents: { send } as unknown as Pick<DynamoDBDocumentClient, 'send'> });
  await expect(handler(EVENT)).rejects.toThrow('throttled');
});

test.each([[undefined], [{}], [{ cron: '', slot: EVENT.slot }], [{ cron: 'Nightly', slot: '<aws.scheduler.scheduled-time>' }], [{ cron: 'Nightly', slot: '2026-99-99T00:00:00Z' }]])(
  'an event that names no slot is refused: %j', async (event) => {
    const { handler, steps } = setUp();
    await expect((handler as (event: unknown) => Promise<unknown>)(event)).rejects.toThrow(CronEventError);
    expect(steps).toEqual([]);
  });

test('settings are read as the construct wires them', () => {
  expect(cronSettings('NIGHTLY', { NIGHTLY_TABLE_NAME: 'crons', NIGHTLY_OVERLAP: 'wait' })).toEqual({ tableName: 'crons', overlap: 'wait' });
  expect(() => cronSettings('NIGHTLY', { NIGHTLY_TABLE_NAME: 'crons', NIGHTLY_OVERLAP: 'often' }))
    .toThrow("NIGHTLY_OVERLAP is 'often'; it must be skip, wait, allow");
  expect(() => cronSettings('NIGHTLY', {})).toThrow('NIGHTLY_OVERLAP is not set');
});
