/** Another rebuild has begun after this one, which gives up. Nothing was switched by it. */
export class RebuildSupersededError extends Error {
  public override readonly name = 'RebuildSupersededError';
}
