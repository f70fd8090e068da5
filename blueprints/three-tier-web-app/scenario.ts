import type { Scenario } from '../scenario';
import { survivesTheDatabase, survivesTheFailover } from './scenario/databases';
import { answersAtTheEdge, answersOnAllNodes, keepsMedia, migratesOnce, readsWhatWasWritten, refusesBadInput } from './scenario/pages';
import { rollsWithoutGap, takesBackABadRelease } from './scenario/releases';
import { changesTheId, sharesSessions, signsOutEverywhere, survivesTheCache, survivesTheNode } from './scenario/sessions';

/** What must be true of a three-tier-web-app. */
export const SCENARIO: Scenario = {
  steps: [
    answersOnAllNodes,
    answersAtTheEdge,
    migratesOnce,
    refusesBadInput,
    readsWhatWasWritten,
    keepsMedia,
    sharesSessions,
    changesTheId,
    signsOutEverywhere,
    survivesTheNode,
    rollsWithoutGap,
    takesBackABadRelease,
    survivesTheDatabase,
    survivesTheFailover,
    survivesTheCache,
  ],
};
