/** Who reaches a load balancer. Always said, since a default would be wrong for half of them. */
export enum Scheme {
  /** Everybody: it stands in the public tier of the network. */
  INTERNET_FACING = 'internet-facing',
  /** What runs in the network: it stands beside compute. */
  INTERNAL = 'internal',
}
