import type { Scenario } from '../scenario';
import { worksOffABurst } from './scenario/burst';
import { survivesAKill } from './scenario/crash';
import { setsPoisonAside } from './scenario/dead-letters';
import { changesStateOnce } from './scenario/duplicates';
import { makesThumbnails, refusesBadRequests, refusesOtherUploads, refusesWhatIsNoImage } from './scenario/images';

/** What must be true of an image-processing. */
export const SCENARIO: Scenario = {
  steps: [
    makesThumbnails,
    refusesBadRequests,
    refusesOtherUploads,
    refusesWhatIsNoImage,
    changesStateOnce,
    setsPoisonAside,
    worksOffABurst,
    survivesAKill,
  ],
};
