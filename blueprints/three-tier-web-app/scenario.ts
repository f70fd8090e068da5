import type { Scenario } from '../scenario';
import { rollsWithoutGap, survivesTheDatabase } from './scenario/operations';
import { answersOnAllNodes, keepsMedia, migratesOnce, readsWhatWasWritten, refusesBadInput } from './scenario/pages';
import { changesTheId, sharesSessions, signsOutEverywhere, survivesTheCache, survivesTheNode } from './scenario/sessions';

/** What must be true of a three-tier-web-app. */
export const SCENARIO: Scenario = {
  steps: [
    answersOnAllNodes,
    migratesOnce,
    refusesBadInput,
    readsWhatWasWritten,
    keepsMedia,
    sharesSessions,
    changesTheId,
    signsOutEverywhere,
    survivesTheNode,
    rollsWithoutGap,
    survivesTheDatabase,
    survivesTheCache,
  ],
};
