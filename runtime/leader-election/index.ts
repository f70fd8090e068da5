export { LeaderElection, type LeaderElectionOptions } from './leader-election';
export type { Term } from './term';
