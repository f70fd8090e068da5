import { adoptsOrShapes, wholeNumber } from '../core/checks';
import type { Rule } from '../core/rules';
import { typed } from '../core/typed';
import type { NetworkProps } from './network';

/** What Network refuses. */
export const NETWORK_RULES: readonly Rule<NetworkProps>[] = [
  {
    code: 'Network.WrongType',
    first: true,
    check: (props) => typed(props, {
      egress: 'text',
      publicTier: 'flag',
      endpoints: 'list',
      availabilityZones: 'number',
      flowLogs: 'flag',
      additional: 'flag',
      vpcProps: 'object',
      vpc: 'construct',
    }),
  },
  { code: 'Network.AdoptOrShape', check: (props) => adoptsOrShapes('vpc', props, ['endpoints', 'additional']) },
  { code: 'Network.AvailabilityZones', check: ({ availabilityZones }) => wholeNumber('availabilityZones', availabilityZones, 2, 6) },
];
