export { LeaderElection, type LeaderElectionProps } from './leader-election';
