export { JobRefusedError, JobTakenError, UnknownJobError } from './errors';
export { acceptedAnswer, callerOf, jobAnswer, jobDocument, noSuchJob } from './http';
export { isJobId, jobHasFinished, type Job, type JobError, type JobState } from './job';
export type { JobRun } from './job-run';
export { type JobOutcome, type JobRunOptions, Jobs, type JobsOptions, type NewJob } from './jobs';
export { type JobSettings, jobSettings } from './settings';
