/** An answer did not come in time. What was asked may have happened nevertheless. */
export class DeadlineError extends Error {
  public override readonly name = 'DeadlineError';
}

/**
 * The answer, unless it takes longer than so many milliseconds.
 *
 * Clients of a cache wait for a connection that is gone, some of them for ever; who asks does not have that long.
 *
 * @throws DeadlineError when it takes longer; a later answer or error is dropped
 */
export function within<Answer>(milliseconds: number, answer: Promise<Answer>): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new DeadlineError(`no answer within ${milliseconds} ms`)), milliseconds);
    answer.then((value) => {
      clearTimeout(timer);
      resolve(value);
    }, (error: Error) => {
      clearTimeout(timer);
      reject(error);
    });
  });
}
