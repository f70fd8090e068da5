/** Something about the local AWS that the user can put right. Meant to be printed as it is, without a stack trace. */
export class LocalAwsError extends Error {
  public override readonly name = 'LocalAwsError';

  /**
   * @param code what went wrong, for programs: `PYTHON_MISSING`, `PORT_TAKEN`, ...
   * @param message what went wrong, for people
   * @param hint what to do about it
   */
  constructor(public readonly code: string, message: string, public readonly hint: string) {
    super(message);
  }
}
