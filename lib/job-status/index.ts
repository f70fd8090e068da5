export { type JobRouteOptions, JobStatus, type JobStatusProps } from './job-status';
