import { Progress } from '../../cli/progress';

function screen(isTTY: boolean) {
  let written = '';
  const progress = new Progress({ write: (text: string) => { written += text; }, isTTY });
  return { progress, written: () => written };
}

/** What a terminal shows in the end: a carriage return and an erased line start the line anew. */
const shown = (written: string) => written.split('\n').map((line) => line.split('\r\u001B[2K').pop());

it('says when a step begins and how it ended', async () => {
  const { progress, written } = screen(false);
  await progress.step('cdk synth', async () => 35, (resources) => `${resources} resources`);
  expect(written()).toMatch(/^ {2}cdk synth \.\.\.\n✓ cdk synth: 35 resources \(\d+\.\d s\)\n$/);
});

it('says that a step failed and passes the error on', async () => {
  const { progress, written } = screen(false);
  await expect(progress.step('cdk deploy', () => Promise.reject(new Error('no')))).rejects.toThrow('no');
  expect(written()).toMatch(/✗ cdk deploy \(\d+\.\d s\)\n$/);
});

it('shows several running steps on a terminal, and none when all have ended', async () => {
  const { progress, written } = screen(true);
  let endFirst: () => void = () => undefined;
  const first = progress.step('first', () => new Promise<void>((resolve) => { endFirst = resolve; }));
  const second = progress.step('second', async () => undefined);
  expect(shown(written()).pop()).toMatch(/^ {2}first \.\.\. \d+\.\d s {3}second \.\.\. \d+\.\d s$/);
  await second;
  expect(shown(written()).pop()).toMatch(/^ {2}first \.\.\. \d+\.\d s$/);
  progress.line('in between');
  endFirst();
  await first;
  expect(shown(written())).toEqual([expect.stringMatching(/^✓ second/), 'in between', expect.stringMatching(/^✓ first/), '']);
});
