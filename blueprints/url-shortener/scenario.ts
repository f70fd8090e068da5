import type { Scenario } from '../scenario';
import { countsExactly, survivesCrashes } from './scenario/counting';
import { setsPoisonAside } from './scenario/dead-letters';
import { createsAndRedirects, createsOncePerKey, refusesBadInput, refusesUnknownAndExpired, slugsAreDistinct } from './scenario/links';

/** What must be true of a url-shortener. */
export const SCENARIO: Scenario = {
  steps: [
    createsAndRedirects,
    refusesUnknownAndExpired,
    refusesBadInput,
    createsOncePerKey,
    slugsAreDistinct,
    countsExactly,
    setsPoisonAside,
    survivesCrashes,
  ],
};
