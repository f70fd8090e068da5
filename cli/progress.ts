/** Where progress is written. */
export interface Output {
  write(text: string): unknown;
  readonly isTTY?: boolean;
}

/** Tells a person what is going on: every long step when it starts and when it ends, with its time. */
export class Progress {
  private ticking?: NodeJS.Timeout;
  private live = '';

  constructor(private readonly out: Output = process.stdout) {}

  /** Writes a line. */
  public line(text: string = ''): void {
    this.clearLive();
    this.out.write(`${text}\n`);
    this.drawLive();
  }

  /**
   * Runs a long step: says that it began, and how it ended.
   *
   * @param summary what to say of the result
   */
  public async step<T>(title: string, work: () => Promise<T>, summary: (result: T) => string = () => ''): Promise<T> {
    const start = Date.now();
    this.begin(title, start);
    try {
      const result = await work();
      this.end();
      const said = summary(result);
      this.line(`${mark(true)} ${title}${said ? `: ${said}` : ''} (${since(start)})`);
      return result;
    } catch (error) {
      this.end();
      this.line(`${mark(false)} ${title} (${since(start)})`);
      throw error;
    }
  }

  private begin(title: string, start: number): void {
    if (!this.out.isTTY) {
      this.line(`  ${title} ...`);
      return;
    }
    const draw = () => {
      this.clearLive();
      this.live = `  ${title} ... ${since(start)}`;
      this.drawLive();
    };
    draw();
    this.ticking = setInterval(draw, 1000);
  }

  private end(): void {
    clearInterval(this.ticking);
    this.clearLive();
    this.live = '';
  }

  private clearLive(): void {
    if (this.live) {
      this.out.write('\r\u001B[2K');
    }
  }

  private drawLive(): void {
    if (this.live) {
      this.out.write(this.live);
    }
  }
}

/** The sign before a line. */
export const mark = (passed: boolean): string => passed ? '✓' : '✗';

/** The time since a moment, as people read it. */
export const since = (start: number): string => `${((Date.now() - start) / 1000).toFixed(1)} s`;
