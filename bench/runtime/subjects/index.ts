import type { Comparison } from '../comparison';
import { CACHES } from './caches';
import { CIRCUIT_BREAKERS } from './circuit-breakers';
import { IDEMPOTENCY } from './idempotency';
import { LOCKS } from './locks';
import { RATE_LIMITERS } from './rate-limiters';

/** Everything that is compared. */
export const COMPARISONS: readonly Comparison[] = [...LOCKS, ...IDEMPOTENCY, ...RATE_LIMITERS, ...CIRCUIT_BREAKERS, ...CACHES];
