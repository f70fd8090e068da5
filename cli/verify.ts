import { blueprintNamed } from '../blueprints/registry';
import { CliError } from './errors';
import type { Progress } from './progress';
import { runScenario, tally } from './run-scenario';
import { worldOf } from './world';

/**
 * Runs the scenario of a blueprint against the stack that is deployed in the account and region of the environment.
 *
 * @throws CliError when a step fails
 */
export async function verify(name: string, stackName: string, progress: Progress, signal: AbortSignal): Promise<void> {
  const entry = blueprintNamed(name);
  const world = await worldOf(stackName, { signal });
  progress.line(`verifying ${stackName} at ${world.outputs.Url}`);
  const results = await runScenario(entry.scenario(), world, false, progress);
  progress.line(`\nproven  ${tally(results)}`);
  if (results.some(({ outcome }) => outcome === 'failed')) {
    throw new CliError(`${stackName} does not keep its promises`);
  }
}
