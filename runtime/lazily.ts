/**
 * A Lambda handler that is built at its first call and kept for the next ones. A file can so export its `handler` and
 * still be imported where the environment of the function does not exist: in a unit test.
 *
 * A build that fails (a missing variable) fails the call, and is tried again by the next.
 */
export function lazily<Arguments extends unknown[], Result>(
  build: () => (...args: Arguments) => Promise<Result>,
): (...args: Arguments) => Promise<Result> {
  let built: ((...args: Arguments) => Promise<Result>) | undefined;
  return async (...args) => {
    built ??= build();
    return built(...args);
  };
}
