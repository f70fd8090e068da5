/** Something the user can act on: printed as it is, without a stack trace. */
export class CliError extends Error {
  public override readonly name = 'CliError';

  /** @param exitCode what the process exits with; 2 for a command that was not understood */
  constructor(message: string, public readonly exitCode: number = 1) {
    super(message);
  }
}
