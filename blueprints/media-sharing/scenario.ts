import type { Scenario } from '../scenario';
import { changesOnce, survivesCrashes } from './scenario/delivery';
import { signsDownloads } from './scenario/downloads';
import { emptiesBuckets } from './scenario/emptying';
import { expires } from './scenario/expiry';
import { setsPoisonAside } from './scenario/poison';
import { refusesOthersBytes, refusesStrangers } from './scenario/refusals';
import { resumes } from './scenario/resuming';
import { tellsSubscribersOnce } from './scenario/subscribers';
import { publishes } from './scenario/uploads';

/** What must be true of media-sharing. */
export const SCENARIO: Scenario = {
  steps: [
    refusesStrangers,
    publishes,
    signsDownloads,
    resumes,
    refusesOthersBytes,
    expires,
    changesOnce,
    tellsSubscribersOnce,
    setsPoisonAside,
    survivesCrashes,
    emptiesBuckets,
  ],
};
