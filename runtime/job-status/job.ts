/** Where a job stands. */
export type JobState = 'QUEUED' | 'RUNNING' | 'SUCCEEDED' | 'FAILED';

/** Why a job failed, for whoever asked for it: never internals. */
export interface JobError {
  /** The kind of failure, for programs: `not-an-image`. */
  readonly code: string;
  /** What went wrong, for people. */
  readonly message: string;
}

/** A job as it is stored. Times are ISO 8601, UTC. */
export interface Job {
  readonly id: string;
  readonly state: JobState;
  /** How often it was started. */
  readonly attempts: number;
  /** How much of it is done, in percent, where the work tells. */
  readonly progress?: number;
  /** What the work needs to know. */
  readonly input?: unknown;
  /** What came of it: small, or where it lies. Once it has succeeded. */
  readonly result?: unknown;
  /** Once it has failed. */
  readonly error?: JobError;
  /** Whose it is. Without it whoever knows the id may ask. */
  readonly owner?: string;
  readonly createdAt: string;
  readonly updatedAt: string;
  /** When its latest attempt began. */
  readonly startedAt?: string;
  /** When it succeeded or failed. */
  readonly finishedAt?: string;
  /** The second of the epoch after which it is forgotten. */
  readonly expiresAt: number;
}

/** Whether nothing more is to be expected of a job, unless somebody has it tried again. */
export const jobHasFinished = ({ state }: Pick<Job, 'state'>) => state === 'SUCCEEDED' || state === 'FAILED';

/** What an id may be: it is part of an address. */
export const isJobId = (id: unknown): id is string => typeof id === 'string' && /^[A-Za-z0-9._~-]{1,128}$/.test(id);
