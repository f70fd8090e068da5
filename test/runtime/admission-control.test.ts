import type { SQSClient } from '@aws-sdk/client-sqs';
import type { Context } from 'aws-lambda';
import * as fc from 'fast-check';
import { httpHandler, type HttpResponse, json } from '../../runtime';
import {
  AdmissionControl, admissionSettings, BacklogGate, type BacklogGateOptions, ConcurrencyGate, type ConcurrencyGateOptions,
  OverloadedError,
} from '../../runtime/admission-control';
import { httpRequest, RecordingLogger } from './fakes';
import { FakeClock } from './fake-clock';

const context = {} as Context;
const settled = () => new Promise<void>((resolve) => { setImmediate(resolve); });
const hang = () => new Promise<never>(() => undefined);

/** A queue whose backlog is set, and that keeps what it was asked. */
function queueOf(backlog: number) {
  const queue = {
    backlog,
    send: jest.fn(async (): Promise<unknown> => ({
      // Of three kinds: what waits, what is worked on, what is delayed.
      Attributes: {
        ApproximateNumberOfMessages: String(queue.backlog - Math.floor(queue.backlog / 2)),
        ApproximateNumberOfMessagesNotVisible: String(Math.floor(queue.backlog / 2)),
        ApproximateNumberOfMessagesDelayed: '0',
      },
    })),
  };
  return queue;
}

function gateWith(backlog: number, options: Partial<BacklogGateOptions> = {}) {
  const clock = new FakeClock();
  const queue = queueOf(backlog);
  const events: string[] = [];
  const sqs = { send: queue.send as unknown as SQSClient['send'] };
  const gate = new BacklogGate({
    sqs, queueUrl: 'https://queue', maxBacklog: 100, clock, random: () => 0, count: (event) => events.push(event), ...options,
  });
  const admits = async (level?: string) =>
    gate.enter({ level }).then(() => true, (error: OverloadedError) => error.retryAfterSeconds);
  return { clock, queue, events, gate, admits };
}

describe('a backlog gate', () => {
  test('turns away at the limit, and admits again below the lower threshold', async () => {
    const { clock, queue, admits } = gateWith(99);
    const series: [number, true | number][] =
      [[99, true], [100, 5], [99, 19], [80, 1], [79, true], [99, true], [1000, 5], [0, true]];
    for (const [backlog, expected] of series) {
      queue.backlog = backlog;
      await clock.pass(1000);
      await admits();
      await settled();
      expect([backlog, await admits()]).toEqual([backlog, expected]);
    }
    const [[{ input }]] = queue.send.mock.calls as unknown as [[{ input: object }]];
    expect(input).toEqual({
      QueueUrl: 'https://queue',
      AttributeNames: ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible', 'ApproximateNumberOfMessagesDelayed'],
    });
  });

  test('does what the thresholds say over any series of backlogs, for every level', async () => {
    const levels = { interactive: 1, batch: 0.5 };
    await fc.assert(fc.asyncProperty(
      fc.integer({ min: 2, max: 200 }), fc.double({ min: 0.01, max: 1, noNaN: true }), fc.array(fc.nat(250), { maxLength: 60 }),
      async (maxBacklog, part, series) => {
        const resumeBelow = Math.max(1, Math.floor(part * maxBacklog));
        const { clock, queue, admits } = gateWith(0, { maxBacklog, resumeBelow, levels, staleMilliseconds: 1 });
        for (let index = 0; index < series.length; index += 1) {
          queue.backlog = series[index]!;
          await clock.pass(1000);
          for (const [level, share] of Object.entries(levels)) {
            // Closed when the limit was reached and the lower threshold has not been passed since.
            const seen = series.slice(0, index + 1);
            const reached = seen.findLastIndex((backlog) => backlog >= share * maxBacklog);
            const passed = seen.findLastIndex((backlog) => backlog < share * resumeBelow);
            expect(await admits(level) === true).toBe(reached === -1 || passed > reached);
          }
        }
      }), { numRuns: 60, seed: 137 });
  });

  test('looks at the queue once in an interval, however many ask, and gives the last value meanwhile', async () => {
    const { clock, queue, admits } = gateWith(50, { deadlineMilliseconds: 20 });
    await Promise.all(Array.from({ length: 200 }, () => admits()));
    expect(queue.send).toHaveBeenCalledTimes(1);
    queue.send.mockImplementation(hang);
    queue.backlog = 1000;
    await clock.pass(1000);
    await expect(Promise.all(Array.from({ length: 200 }, () => admits()))).resolves.toEqual(Array(200).fill(true));
    expect(queue.send).toHaveBeenCalledTimes(2);
  });

  test('waits for a look when its value is stale: after a freeze it does not judge by what was hours ago', async () => {
    const { clock, queue, admits } = gateWith(1000);
    await expect(admits()).resolves.toBe(5);
    queue.backlog = 0;
    // Frozen: the clock that only grows has not moved.
    await clock.freeze(3_600_000);
    await expect(admits()).resolves.toBe(true);
  });

  test.each([[true, true], [false, 5]])('a queue that cannot be looked at: admitWhenUnknown %s', async (admitWhenUnknown, expected) => {
    const logger = new RecordingLogger();
    const { clock, queue, admits, events } = gateWith(1000, { admitWhenUnknown, logger });
    queue.send.mockRejectedValue(new Error('no connection'));
    await expect(admits()).resolves.toBe(expected);
    await expect(admits()).resolves.toBe(expected);
    expect(queue.send).toHaveBeenCalledTimes(1);
    expect(events).toEqual(['backlogUnknown']);
    expect(logger.lines).toMatchObject([{ message: 'backlog unknown', fields: { error: { message: 'no connection' } } }]);
    await clock.pass(1000);
    await admits();
    expect(queue.send).toHaveBeenCalledTimes(2);
  });

  test('goes by the last value while it is not stale, though SQS fails', async () => {
    const { clock, queue, admits } = gateWith(1000);
    await admits();
    queue.send.mockRejectedValue(new Error('no connection'));
    await clock.pass(9000);
    await expect(admits()).resolves.toBe(5);
    await clock.pass(2000);
    await expect(admits()).resolves.toBe(true);
  });

  test('does not hang with SQS', async () => {
    const { queue, admits } = gateWith(0, { deadlineMilliseconds: 30 });
    queue.send.mockImplementation(hang);
    const before = performance.now();
    await expect(Promise.all(Array.from({ length: 50 }, () => admits()))).resolves.toEqual(Array(50).fill(true));
    expect(performance.now() - before).toBeLessThan(1000);
    // And the next ones do not even wait that long.
    await expect(admits()).resolves.toBe(true);
    expect(queue.send).toHaveBeenCalledTimes(1);
    expect((queue.send.mock.calls as unknown as [object, { abortSignal: AbortSignal }][])[0]![1].abortSignal.aborted).toBe(true);
  });

  test('tells to come back when the backlog will be worked off, within limits and with jitter', async () => {
    const after = async (backlogs: number[], options?: Partial<BacklogGateOptions>) => {
      const { clock, queue, admits } = gateWith(0, { staleMilliseconds: 1, ...options });
      let last: boolean | number = true;
      for (const backlog of backlogs) {
        queue.backlog = backlog;
        await clock.pass(1000);
        last = await admits();
      }
      return last;
    };
    expect(await after([280, 180])).toBe(1); // (180 - 80) / 100 a second
    expect(await after([290, 280])).toBe(20); // (280 - 80) / 10 a second
    expect(await after([291, 290])).toBe(60); // 12 times the configured time at most
    expect(await after([280, 300])).toBe(5); // it grows: as configured
    expect(await after([280], { random: () => 0.999, retryAfterSeconds: 10 })).toBe(20);
  });

  test.each([
    { maxBacklog: 0 }, { resumeBelow: 101 }, { resumeBelow: 0 }, { levels: { batch: 0 } }, { levels: { batch: 1.5 } },
  ])('%j is refused', (options) => {
    expect(() => gateWith(0, options)).toThrow(RangeError);
  });

  test('a limit of one message opens again', async () => {
    const { clock, queue, admits } = gateWith(1, { maxBacklog: 1, staleMilliseconds: 1 });
    await expect(admits()).resolves.toBe(5);
    queue.backlog = 0;
    await clock.pass(1000);
    await expect(admits()).resolves.toBe(true);
  });
});

describe('a concurrency gate', () => {
  const admissionWith = (options: Partial<ConcurrencyGateOptions> = {}) => {
    const clock = new FakeClock();
    const gate = new ConcurrencyGate({ limit: 5, clock, random: () => 0, ...options });
    return { clock, admission: new AdmissionControl({ gates: [gate] }) };
  };

  test('never does more at once than it may, under 200 calls at once, and turns away what cannot wait', async () => {
    const { admission } = admissionWith({ maxWaiting: 20 });
    let active = 0;
    let most = 0;
    const order: number[] = [];
    const results = await Promise.allSettled(Array.from({ length: 200 }, (_, index) => admission.run(async () => {
      order.push(index);
      active += 1;
      most = Math.max(most, active);
      await settled();
      active -= 1;
    })));
    expect(most).toBe(5);
    expect(order).toEqual(Array.from({ length: 25 }, (_, index) => index));
    const refused = results.flatMap((result) => result.status === 'rejected' ? [result.reason as OverloadedError] : []);
    expect(refused).toHaveLength(175);
    expect(refused[0]).toMatchObject({ name: 'OverloadedError', reason: 'concurrency', retryAfterSeconds: 1 });
  });

  test('does as many as it may after any mixture of work that ends well, fails, or waited too long', async () => {
    await fc.assert(fc.asyncProperty(
      fc.array(fc.record({ at: fc.nat(5), takes: fc.nat(5), fails: fc.boolean() }), { maxLength: 40 }),
      async (all) => {
        const { clock, admission } = admissionWith({ limit: 3, maxWaiting: 4, maxWaitMilliseconds: 2 });
        let active = 0;
        const calls: Promise<unknown>[] = [];
        for (let now = 0; now <= 14; now += 1) {
          calls.push(...all.filter(({ at }) => at === now).map(({ takes, fails }) => admission.run(async () => {
            active += 1;
            expect(active).toBeLessThanOrEqual(3);
            await clock.sleep(takes);
            active -= 1;
            if (fails) {
              throw new TypeError('failed');
            }
          }).catch((error: Error) => expect(['TypeError', 'OverloadedError']).toContain(error.name))));
          await settled();
          await clock.pass(1);
        }
        await Promise.all(calls);
        // Nothing leaked: the limit is there for the next ones.
        const next = await Promise.allSettled(Array.from({ length: 3 }, () => admission.run(async () => settled())));
        expect(next.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'fulfilled']);
      }), { numRuns: 100, seed: 171 });
  });

  test('turns away what has waited too long', async () => {
    const { admission, clock } = admissionWith({ limit: 1, maxWaitMilliseconds: 100 });
    let end!: () => void;
    const first = admission.run(() => new Promise<void>((resolve) => { end = resolve; }));
    await settled();
    const work = jest.fn(async () => undefined);
    const second = admission.run(work).catch((error: unknown) => error);
    await clock.pass(100);
    expect(await second).toBeInstanceOf(OverloadedError);
    end();
    await first;
    expect(work).not.toHaveBeenCalled();
    await expect(admission.run(async () => 'done')).resolves.toBe('done');
  });

  test.each([{ limit: 0 }, { limit: 1.5 }, { maxWaiting: -1 }])('%j is refused', (options) => {
    expect(() => admissionWith(options)).toThrow(RangeError);
  });
});

describe('a handler behind an admission control', () => {
  const answer = jest.fn(async () => json(202, { accepted: true }));
  const shut = { enter: async () => { throw new OverloadedError('backlog', 7); } };
  const call = async (admission: AdmissionControl, options?: Parameters<AdmissionControl['admit']>[1]): Promise<HttpResponse> =>
    httpHandler(admission.admit(answer, options), { logger: new RecordingLogger() })(httpRequest(), context);
  beforeEach(() => answer.mockClear());

  test('answers what is admitted', async () => {
    const events: string[] = [];
    const admission = new AdmissionControl({ gates: [new ConcurrencyGate({ limit: 1 })], count: (event) => events.push(event) });
    await expect(call(admission)).resolves.toMatchObject({ statusCode: 202 });
    await expect(call(admission)).resolves.toMatchObject({ statusCode: 202 });
    expect(events).toEqual(['admitted', 'admitted']);
  });

  test('answers what is turned away with 503 and Retry-After, and begins nothing', async () => {
    const events: string[] = [];
    const response = await call(new AdmissionControl({ gates: [shut], count: (event) => events.push(event) }));
    expect(response).toMatchObject({
      statusCode: 503, headers: { 'retry-after': '7', 'cache-control': 'no-store', 'content-type': 'application/problem+json' },
    });
    expect(JSON.parse(response.body!)).toMatchObject({ status: 503, reason: 'backlog' });
    expect(answer).not.toHaveBeenCalled();
    expect(events).toEqual(['turnedAway']);
  });

  test('gives the degraded answer where there is one, and the 503 where that fails', async () => {
    const admission = new AdmissionControl({ gates: [shut] });
    await expect(call(admission, { fallback: async (_, { reason }) => json(200, { from: 'cache', reason }) }))
      .resolves.toMatchObject({ statusCode: 200, body: JSON.stringify({ from: 'cache', reason: 'backlog' }) });
    const fallback = async () => { throw new Error('no cache'); };
    await expect(call(admission, { fallback })).resolves.toMatchObject({ statusCode: 503, headers: { 'retry-after': '7' } });
    const thrown = await admission.admit(answer, { fallback })(httpRequest(), context).catch((error: unknown) => error);
    expect(thrown).toMatchObject({ name: 'Problem', cause: { message: 'no cache', cause: { name: 'OverloadedError' } } });
  });

  test('frees the places of the gates before the one that turns away', async () => {
    const gate = new ConcurrencyGate({ limit: 1, maxWaiting: 0 });
    const admission = new AdmissionControl({ gates: [gate, shut] });
    await expect(call(admission)).resolves.toMatchObject({ statusCode: 503 });
    await expect(new AdmissionControl({ gates: [gate] }).run(async () => 'done')).resolves.toBe('done');
  });

  test('passes errors of a gate of your own, and of the handler, on', async () => {
    const broken = { enter: async () => { throw new TypeError('broken'); } };
    await expect(new AdmissionControl({ gates: [broken] }).admit(answer)(httpRequest(), context)).rejects.toThrow(TypeError);
  });

  test('asks for the level of a request', async () => {
    const enter = jest.fn(async () => undefined);
    await call(new AdmissionControl({ gates: [{ enter }] }), { levelOf: () => 'batch' });
    expect(enter).toHaveBeenCalledWith({ level: 'batch' });
  });
});

describe('settings', () => {
  test('are read as wiring writes them', () => {
    expect(admissionSettings('INTAKE', { INTAKE_ADMISSION: '1000,800,5', INTAKE_QUEUE_URL: 'https://queue' }))
      .toEqual({ queueUrl: 'https://queue', maxBacklog: 1000, resumeBelow: 800, retryAfterSeconds: 5 });
  });

  test.each([undefined, '', '1000', '1000,800', '1000,800,0', 'a,b,c'])('%s is refused', (INTAKE_ADMISSION) => {
    expect(() => admissionSettings('INTAKE', { INTAKE_ADMISSION, INTAKE_QUEUE_URL: 'https://queue' })).toThrow(/INTAKE_ADMISSION.*set/);
  });
});
