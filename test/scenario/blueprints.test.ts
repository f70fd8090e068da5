import { BLUEPRINTS } from '../../blueprints/registry';
import { Command } from './command';

describe.each(BLUEPRINTS.map(({ name }) => name))('%s', (name) => {
  it('is deployed, proven under faults, taken down, and leaves nothing behind', async () => {
    const run = new Command(['try', name]);
    const exit = await run.exit;
    expect(run.output).toContain(`${name}: everything proven`);
    expect(run.output).not.toContain('✗');
    expect(run.output).toMatch(/recorded only .*\n +AWS::/);
    expect(exit).toBe(0);
    expect(await run.leftovers()).toEqual([]);
  }, 300_000);
});
