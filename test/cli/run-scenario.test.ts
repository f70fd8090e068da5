import type { Step, World } from '../../blueprints/scenario';
import { Progress } from '../../cli/progress';
import { runScenario, tally } from '../../cli/run-scenario';

function setUp(steps: Step[], powers = true) {
  const lines: string[] = [];
  const abort = new AbortController();
  const world = { outputs: {}, signal: abort.signal } as unknown as World;
  const results = () => runScenario({ steps }, world, powers, new Progress({ write: (text: string) => lines.push(text) }));
  return { results, abort, told: () => lines.join('') };
}

const passes = (proves: string, more: Partial<Step> = {}): Step => ({ proves, run: async () => `evidence of ${proves}`, ...more });
const fails = (proves: string): Step => ({ proves, run: () => Promise.reject(new Error('3 instead of 2')) });

it('tells evidence and faults, and goes on after a failure', async () => {
  const { results, told } = setUp([fails('first'), passes('second', { fault: 'a crash' })]);
  expect((await results()).map(({ outcome }) => outcome)).toEqual(['failed', 'proven']);
  expect(told()).toMatch(/✗ first .*\n {4}3 instead of 2\n✓ second .*\n {4}fault: a crash\n {4}evidence of second/);
});

it('leaves out what needs power over the machines where there is none', async () => {
  const { results, told } = setUp([passes('crash', { localOnly: true })], false);
  expect((await results()).map(({ outcome }) => outcome)).toEqual(['left out']);
  expect(told()).toContain('left out: it needs power over the machines');
});

it('runs steps that wait beside the others, and faults in the machines after all of them', async () => {
  const order: string[] = [];
  const step = (proves: string, milliseconds: number, more: Partial<Step> = {}) => passes(proves, {
    ...more,
    run: async () => {
      order.push(`${proves} begins`);
      await new Promise((resolve) => setTimeout(resolve, milliseconds));
      order.push(`${proves} ends`);
      return '';
    },
  });
  const { results } = setUp([step('fault', 1, { localOnly: true }), step('quick', 5), step('waiting', 60, { beside: true })]);
  await results();
  expect(order).toEqual(['waiting begins', 'quick begins', 'quick ends', 'waiting ends', 'fault begins', 'fault ends']);
});

it('rejects with the reason when it is aborted, instead of calling the step a failure', async () => {
  const { results, abort } = setUp([{ proves: 'never', run: (world) => new Promise((_, reject) => {
    world.signal.addEventListener('abort', () => reject(new Error('connection lost')));
    abort.abort(new Error('interrupted'));
  }) }]);
  await expect(results()).rejects.toThrow('interrupted');
});

it.each([
  [['proven', 'proven'], '2 of 2 steps, 1 of them under faults'],
  [['proven', 'failed', 'left out'], '1 of 3 steps, 1 of them under faults; 1 failed; 1 left out'],
  [[], '0 of 0 steps, 0 of them under faults'],
] as const)('tallies %j as %s', (outcomes, words) => {
  expect(tally(outcomes.map((outcome, i) => ({ outcome, fault: i === 0 ? 'a crash' : undefined })))).toBe(words);
});
