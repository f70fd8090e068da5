import { blueprintNamed } from '../blueprints/registry';
import { CliError } from './errors';
import type { Progress } from './progress';
import { runScenario } from './run-scenario';
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
  const count = (outcome: string) => results.filter((result) => result.outcome === outcome).length;
  progress.line(`\n${count('proven')} proven, ${count('failed')} failed, ${count('left out')} left out`);
  if (count('failed') > 0) {
    throw new CliError(`${stackName} does not keep its promises`);
  }
}
