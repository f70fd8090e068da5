/** Where progress is written. */
export interface Output {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  /** How many characters a line of the terminal has. */
  readonly columns?: number;
}

/** Tells a person what is going on: every long step when it starts and when it ends, with its time. */
export class Progress {
  /** Steps that run at this moment, and since when. */
  private readonly running = new Map<string, number>();
  private ticking?: NodeJS.Timeout;

  constructor(private readonly out: Output = process.stdout) {}

  /** Writes a line. */
  public line(text: string = ''): void {
    this.out.write(`${this.clear}${text}\n`);
    this.showRunning();
  }

  /** Writes a line that on a narrow terminal goes on below where its text began. */
  public paragraph(text: string): void {
    wrapped(text, this.out.isTTY ? this.out.columns : undefined).forEach((line) => this.line(line));
  }

  /**
   * Runs a long step: says that it began, and how it ended. Several may run at once.
   *
   * @param summary what to say of the result
   */
  public async step<T>(title: string, work: () => Promise<T>, summary: (result: T) => string = () => ''): Promise<T> {
    const start = Date.now();
    this.begin(title, start);
    try {
      const result = await work();
      this.end(title, `${mark(true)} ${[title, summary(result)].filter(Boolean).join(': ')} (${since(start)})`);
      return result;
    } catch (error) {
      this.end(title, `${mark(false)} ${title} (${since(start)})`);
      throw error;
    }
  }

  private begin(title: string, start: number): void {
    if (!this.out.isTTY) {
      this.line(`  ${title} ...`);
      return;
    }
    this.running.set(title, start);
    this.showRunning();
    this.ticking ??= setInterval(() => this.showRunning(), 1000);
  }

  private end(title: string, outcome: string): void {
    this.running.delete(title);
    if (this.running.size === 0) {
      clearInterval(this.ticking);
      this.ticking = undefined;
    }
    this.line(outcome);
  }

  /** On a terminal the last line is alive: it tells what runs and for how long. */
  private showRunning(): void {
    if (this.running.size > 0) {
      this.out.write(`${this.clear}  ${[...this.running].map(([title, start]) => `${title} ... ${since(start)}`).join('   ')}`);
    }
  }

  private get clear(): string {
    return this.out.isTTY ? '\r\u001B[2K' : '';
  }
}

/** The sign before a line. */
export const mark = (passed: boolean): string => passed ? '✓' : '✗';

/** The time since a moment, as people read it. */
export const since = (start: number): string => `${((Date.now() - start) / 1000).toFixed(1)} s`;

/** A line in pieces that are no wider than so many characters, words permitting; all but the first begin where its text does. */
export function wrapped(text: string, width: number = Infinity): string[] {
  const indent = /^ */.exec(text)![0].length;
  const column = /^ *\S+(?: \S+)* {2,}/.exec(text)?.[0].length ?? indent + 2;
  const hang = ' '.repeat(column < width / 2 ? column : indent + 2);
  const lines: string[] = [];
  let rest = text;
  while (rest.length > width) {
    const space = rest.lastIndexOf(' ', width);
    // A word that is wider than the terminal is left whole.
    const end = space > hang.length ? space : rest.indexOf(' ', Math.max(width, hang.length));
    if (end < 0) {
      break;
    }
    lines.push(rest.slice(0, end).trimEnd());
    rest = hang + rest.slice(end + 1).trimStart();
  }
  return [...lines, rest];
}
