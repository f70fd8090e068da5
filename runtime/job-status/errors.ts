import type { JobError } from './job';

/** There is no such job, or it has been forgotten. */
export class UnknownJobError extends Error {
  public override readonly name = 'UnknownJobError';

  constructor(public readonly id: string) {
    super(`no job ${id}`);
  }
}

/** The id of a new job is that of a job of somebody else. */
export class JobTakenError extends Error {
  public override readonly name = 'JobTakenError';

  constructor(public readonly id: string) {
    super(`the job ${id} belongs to somebody else`);
  }
}

/** What is wrong with what was asked for, so that trying again is of no use. Whoever asked is told. */
export class JobRefusedError extends Error implements JobError {
  public override readonly name = 'JobRefusedError';

  /**
   * @param code the kind of failure, for programs: `not-an-image`
   * @param message what is wrong, for people; never internals
   */
  constructor(public readonly code: string, message: string) {
    super(message);
  }
}
