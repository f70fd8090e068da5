import { Metric } from 'aws-cdk-lib/aws-cloudwatch';
import { adoptsOrShapes } from '../core/checks';
import type { Rule } from '../core/rules';
import { typed } from '../core/typed';
import { DistributedLock } from '../distributed-lock/index';
import type { LeaderElectionProps } from './leader-election';

/** What LeaderElection refuses. The bounds of a lease are those of DistributedLock, which refuses others. */
export const LEADER_ELECTION_RULES: readonly Rule<LeaderElectionProps>[] = [
  {
    code: 'LeaderElection.WrongType',
    first: true,
    check: (props) => typed(props, { lease: 'duration', leading: Metric, disposable: 'flag', lock: DistributedLock }),
  },
  { code: 'LeaderElection.AdoptOrShape', check: (props) => adoptsOrShapes('lock', props, ['leading']) },
];
