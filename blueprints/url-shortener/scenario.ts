import type { Scenario } from '../scenario';

export const SCENARIO: Scenario = { steps: [] };
