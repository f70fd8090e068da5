/** Other callers, or clocks that are far apart, kept changing a count between a read of it and the update. */
export class UnsettledError extends Error {
  public override readonly name = 'UnsettledError';

  constructor(key: string, tries: number) {
    super(`the count of '${key}' was changed by others ${tries} times in a row`);
  }
}
