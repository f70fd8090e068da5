import type { Scenario, Step, World } from '../blueprints/scenario';
import { mark, type Progress, since } from './progress';

/** What became of one step. */
export interface StepResult {
  readonly fault?: string;
  readonly outcome: 'proven' | 'failed' | 'left out';
}

/** A step with its world given. */
export type Claim = Pick<Step, 'proves' | 'fault'> & { readonly prove: () => Promise<string> };

/**
 * Runs every step of a scenario and tells each outcome as it is known. A step that fails does not stop the others.
 *
 * @param powers whether the world gives power over its machines, which some faults need
 */
export async function runScenario(scenario: Scenario, world: World, powers: boolean, progress: Progress): Promise<StepResult[]> {
  const run = (step: Step) => proveClaim({ ...step, prove: () => step.run(world) }, world.signal, progress);
  const beside = Promise.all(scenario.steps.filter((step) => step.beside).map(run));
  // When the run is aborted both sides reject; the first one is reported, the other must not be an unhandled rejection.
  beside.catch(() => undefined);
  const results: StepResult[] = [];
  for (const step of scenario.steps.filter((candidate) => !candidate.beside && !candidate.localOnly)) {
    results.push(await run(step));
  }
  results.push(...await beside);
  // Faults in the machines come last and alone: they would disturb whatever runs beside them.
  for (const step of scenario.steps.filter((candidate) => candidate.localOnly)) {
    results.push(powers ? await run(step) : leaveOut(step, progress));
  }
  return results;
}

/** Proves one claim and tells the outcome. It rejects only when the run is aborted. */
export async function proveClaim({ proves, fault, prove }: Claim, signal: AbortSignal, progress: Progress): Promise<StepResult> {
  const start = Date.now();
  try {
    const evidence = await prove();
    progress.line(`${mark(true)} ${proves} (${since(start)})`);
    if (fault) {
      progress.line(`    fault: ${fault}`);
    }
    progress.line(`    ${evidence}`);
    return { fault, outcome: 'proven' };
  } catch (error) {
    signal.throwIfAborted();
    progress.line(`${mark(false)} ${proves} (${since(start)})`);
    progress.line(`    ${error instanceof Error ? error.message : String(error)}`);
    return { fault, outcome: 'failed' };
  }
}

function leaveOut({ proves, fault }: Step, progress: Progress): StepResult {
  progress.line(`- ${proves}`);
  progress.line('    left out: it needs power over the machines, which only a local AWS of its own gives');
  return { fault, outcome: 'left out' };
}

/** The results in words: `8 of 9 steps, 2 of them under faults; 1 left out`. */
export function tally(results: readonly StepResult[]): string {
  const proven = results.filter(({ outcome }) => outcome === 'proven');
  const count = (wanted: StepResult['outcome']) => results.filter(({ outcome }) => outcome === wanted).length;
  return [
    `${proven.length} of ${results.length} steps, ${proven.filter(({ fault }) => fault).length} of them under faults`,
    ...count('failed') ? [`${count('failed')} failed`] : [],
    ...count('left out') ? [`${count('left out')} left out`] : [],
  ].join('; ');
}
