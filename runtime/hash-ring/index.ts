export { BoundedRing, type BoundedRingOptions } from './bounded-ring';
export { HashRing, type HashRingOptions } from './hash-ring';
