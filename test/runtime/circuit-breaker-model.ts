import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { CircuitBreaker, CircuitOpenError, MemoryCircuits } from '../../runtime/circuit-breaker';
import { FakeClock } from './fake-clock';

/** How a call ends: well, with a failure of the dependency, or with an answer that blames the caller. */
export type End = 'ok' | 'failure' | 'refused';

export const POLICY = {
  failureThreshold: 0.5, minimumCalls: 4, windowMilliseconds: 1000, openMilliseconds: 500, maxOpenMilliseconds: 1500, probes: 2,
  timeoutMilliseconds: 5000, syncMilliseconds: 1,
};
const SLOT = 100;

/** A circuit breaker as the page describes it, written down as plainly as possible: nothing is shared with the real one. */
export class Model {
  public time = 0;
  public trips = 0;
  public until = 0;
  public succeeded = 0;
  /** Grows whenever the circuit opens or closes: what began before says nothing afterwards. */
  public era = 0;
  public outcomes: { at: number; failed: boolean }[] = [];
  public flying: { era: number; probe: boolean; expires: number }[] = [];

  public get status() {
    return this.trips === 0 ? 'closed' : this.time < this.until ? 'open' : 'half-open';
  }

  public get probing() {
    return this.flying.filter(({ era, probe, expires }) => probe && era === this.era && expires > this.time).length;
  }

  public begin(): boolean {
    const probe = this.status !== 'closed';
    if (this.status === 'open' || probe && this.succeeded + this.probing >= POLICY.probes) {
      return false;
    }
    this.flying.push({ era: this.era, probe, expires: this.time + 2 * POLICY.timeoutMilliseconds + 1000 });
    return true;
  }

  public end(index: number, end: End): void {
    const [{ era, probe }] = this.flying.splice(index, 1) as [Model['flying'][number]];
    if (era !== this.era) {
      return;
    }
    if (!probe) {
      this.outcomes.push({ at: this.time, failed: end === 'failure' });
      this.judge();
    } else if (end === 'failure') {
      this.open();
    } else {
      this.succeeded += 1;
      if (this.succeeded === POLICY.probes) {
        Object.assign(this, { trips: 0, era: this.era + 1, outcomes: [] });
      }
    }
  }

  public judge(): void {
    const start = (at: number) => Math.floor(at / SLOT) * SLOT;
    const counted = this.outcomes.filter(({ at }) => start(at) > this.time - POLICY.windowMilliseconds);
    const failures = counted.filter(({ failed }) => failed).length;
    if (this.status === 'closed' && counted.length >= POLICY.minimumCalls && failures / counted.length >= POLICY.failureThreshold) {
      this.open();
    }
  }

  private open(): void {
    const longest = Math.min(POLICY.maxOpenMilliseconds, POLICY.openMilliseconds * 2 ** this.trips);
    Object.assign(this, { trips: this.trips + 1, until: this.time + longest, succeeded: 0, era: this.era + 1 });
  }
}

/** The real one, with calls that end when they are told to. */
export class Real {
  public readonly clock = new FakeClock();
  public readonly breaker = new CircuitBreaker({
    dependency: 'payments', ...POLICY, clock: this.clock, random: () => 0, store: new MemoryCircuits({ clock: this.clock }),
  });
  public readonly flying: { end(end: End): Promise<void> }[] = [];
}

const settle = () => new Promise((resolve) => { setImmediate(resolve); });

class Begin implements fc.AsyncCommand<Model, Real> {
  public check = () => true;

  public async run(model: Model, real: Real): Promise<void> {
    const passes = model.begin();
    let finish!: (end: End) => void;
    const ended = new Promise<End>((resolve) => { finish = resolve; });
    let called = false;
    const result = real.breaker.run(async () => {
      called = true;
      const end = await ended;
      if (end !== 'ok') {
        throw Object.assign(new Error(end), { status: end === 'failure' ? 500 : 404 });
      }
    }).catch((error: unknown) => error);
    await settle();
    assert.equal(called, passes, 'whether the call is made');
    if (!passes) {
      const error = await result;
      assert(error instanceof CircuitOpenError);
      const wait = model.status === 'open' ? Math.ceil((model.until - model.time) / 1000) : 1;
      assert.equal(error.retryAfterSeconds, wait);
      return;
    }
    real.flying.push({
      end: async (end) => {
        finish(end);
        assert.equal((await result as Error | undefined)?.message, end === 'ok' ? undefined : end);
        await real.breaker.sync();
      },
    });
  }

  public toString = () => 'begin';
}

class Finish implements fc.AsyncCommand<Model, Real> {
  public constructor(private readonly which: number, private readonly how: End) {}

  public check = ({ flying }: Readonly<Model>) => flying.length > 0;

  public async run(model: Model, real: Real): Promise<void> {
    const index = this.which % model.flying.length;
    model.end(index, this.how);
    await real.flying.splice(index, 1)[0]!.end(this.how);
    assert.equal(real.breaker.status, model.status);
  }

  public toString = () => `${this.how} #${this.which}`;
}

class Wait implements fc.AsyncCommand<Model, Real> {
  public constructor(private readonly milliseconds: number) {}

  // No call takes longer than it may: that is another test.
  public check = ({ flying, time }: Readonly<Model>) =>
    flying.every(({ expires }) => time + this.milliseconds < expires - POLICY.timeoutMilliseconds - 1000);

  public async run(model: Model, real: Real): Promise<void> {
    model.time += this.milliseconds;
    await real.clock.pass(this.milliseconds);
    await real.breaker.sync();
    model.judge();
    assert.equal(real.breaker.status, model.status);
  }

  public toString = () => `wait ${this.milliseconds}`;
}

export const commands = fc.commands([
  fc.constant(new Begin()),
  fc.tuple(fc.nat(9), fc.constantFrom<End>('ok', 'failure', 'failure', 'refused')).map(([which, how]) => new Finish(which, how)),
  fc.oneof(fc.nat(700), fc.constantFrom(100, 500, 1000)).map((milliseconds) => new Wait(milliseconds)),
], { maxCommands: 60, size: 'max' });
