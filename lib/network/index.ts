export { Egress } from './egress';
export { Network, type NetworkNeeds, type NetworkProps } from './network';
