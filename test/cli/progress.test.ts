import { Progress, wrapped } from '../../cli/progress';

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

describe('a line on a narrow terminal', () => {
  it('goes on below where its text began', () => {
    expect(wrapped('  overload  clicks wait in the queue and are counted later', 30)).toEqual([
      '  overload  clicks wait in the',
      '            queue and are',
      '            counted later',
    ]);
  });

  it('goes on a little further in when it has no column', () => {
    expect(wrapped('  500 messages/s x 15 minutes -> 450000', 20)).toEqual(['  500 messages/s x', '    15 minutes ->', '    450000']);
  });

  it('keeps words whole, however wide', () => {
    expect(wrapped('  at  url-shortener/UrlShortener/Clicks', 10)).toEqual(['  at', '    url-shortener/UrlShortener/Clicks']);
    expect(wrapped('one two', 1)).toEqual(['one', '  two']);
  });

  it('stays one line where nobody said how wide it may be, as in a pipe', () => {
    const text = 'word '.repeat(200).trim();
    expect(wrapped(text)).toEqual([text]);
    let written = '';
    new Progress({ write: (piece) => { written += piece; }, columns: 20 }).paragraph(text);
    expect(written).toBe(`${text}\n`);
  });
});
