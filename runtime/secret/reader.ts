import { type Clock, systemClock } from '../clock';

/** What reads secrets. The client `SecretsManager` of `@aws-sdk/client-secrets-manager` is one. */
export interface Secrets {
  getSecretValue(request: { SecretId: string; VersionStage?: string }): Promise<{ SecretString?: string }>;
}

/** Which secret is read, and how long it is taken to be the same. */
export interface SecretReaderOptions {
  readonly secrets: Secrets;
  /** The secret: `secretArn('SIGNING_KEY')`. */
  readonly secretArn: string;
  /**
   * How long what was read is used again, in seconds.
   * @default 300
   */
  readonly ttlSeconds?: number;
  /** @default systemClock */
  readonly clock?: Clock;
}

/**
 * A secret that is read once for many calls, and again when it is old or was refused. Make one outside the handler. While
 * AWS Secrets Manager does not answer, what was read before is used on.
 */
export class SecretReader {
  private readonly clock: Clock;
  private known?: { readonly text: string; readonly at: number };
  private reading?: Promise<string>;

  constructor(private readonly options: SecretReaderOptions) {
    this.clock = options.clock ?? systemClock;
  }

  /**
   * The secret.
   *
   * @throws TypeError when the secret has no text: binary secrets are not read
   */
  public async text(): Promise<string> {
    const { known } = this;
    if (!known) {
      return this.read();
    }
    const { ttlSeconds = 300 } = this.options;
    return this.clock.monotonic() - known.at < ttlSeconds * 1000 ? known.text : this.read().catch(() => this.keep(known.text));
  }

  /**
   * The secret, which is JSON.
   *
   * @throws TypeError when it is not; the message does not show it
   */
  public async json<T = Readonly<Record<string, string>>>(): Promise<T> {
    return parsed<T>(await this.text(), this.options.secretArn);
  }

  /**
   * Does something with the secret. When that is refused, because the secret was rotated since it was read, it is read
   * again and, where it has changed, the thing is done once more.
   *
   * @param isRefused whether an error says that the secret is wrong; default: any error
   */
  public async use<Result>(
    action: (text: string) => Promise<Result>, isRefused: (error: unknown) => boolean = () => true,
  ): Promise<Result> {
    const text = await this.text();
    try {
      return await action(text);
    } catch (error) {
      if (!isRefused(error)) {
        throw error;
      }
      // What was refused is the news; why the secret cannot be read again is not.
      const again = await this.read().catch(() => text);
      if (again === text) {
        throw error;
      }
      return action(again);
    }
  }

  /** Many that ask at once cause one request. */
  private read(): Promise<string> {
    this.reading ??= this.ask().finally(() => { this.reading = undefined; });
    return this.reading;
  }

  private async ask(): Promise<string> {
    const { secrets, secretArn } = this.options;
    const { SecretString } = await secrets.getSecretValue({ SecretId: secretArn });
    if (SecretString === undefined) {
      throw new TypeError(`the secret ${secretArn} has no text`);
    }
    return this.keep(SecretString);
  }

  private keep(text: string): string {
    this.known = { text, at: this.clock.monotonic() };
    return text;
  }
}

function parsed<T>(text: string, arn: string): T {
  try {
    return JSON.parse(text) as T;
  } catch {
    // The error of JSON.parse shows the text.
    throw new TypeError(`the secret ${arn} is not JSON`);
  }
}
