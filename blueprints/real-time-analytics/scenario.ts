import type { Scenario } from '../scenario';
import { archivesEverything } from './scenario/archive';
import { countsExactly, tellsLate } from './scenario/counting';
import { groupsFailAlone } from './scenario/groups';
import { refusesInPart, takesOncePerKey } from './scenario/ingest';
import { setsPoisonAside } from './scenario/poison';
import { countsOncePerDelivery, survivesCrashes } from './scenario/redelivery';
import { replaysToTheSame } from './scenario/replay';
import { tellsWatchers } from './scenario/watching';

/** What must be true of a real-time-analytics. In this order: what lies behind what another step has sent would be late. */
export const SCENARIO: Scenario = {
  steps: [
    refusesInPart,
    takesOncePerKey,
    countsExactly,
    countsOncePerDelivery,
    tellsLate,
    setsPoisonAside,
    groupsFailAlone,
    tellsWatchers,
    replaysToTheSame,
    archivesEverything,
    survivesCrashes,
  ],
};
