export { Egress, Network, type NetworkProps } from './network';
