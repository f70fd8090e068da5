import { App, Stack } from 'aws-cdk-lib';
import type { IBlueprint } from '../blueprints/blueprint';
import type { BlueprintEntry } from '../blueprints/registry';
import { Profile } from '../lib/core/profile';

/** A blueprint in a stack of its own, under SANDBOX and sized for its estimate: to be looked at, not to be deployed. */
export function built({ name, create, estimate }: BlueprintEntry): { stack: Stack; blueprint: IBlueprint } {
  const stack = new Stack(new App({ analyticsReporting: false }), name);
  Profile.set(stack, Profile.SANDBOX);
  return { stack, blueprint: create(stack, estimate) };
}
