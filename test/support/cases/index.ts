import type { Stack } from 'aws-cdk-lib';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { BLUEPRINTS } from '../../../blueprints/registry';
import { Alarms, type Profile } from '../../../lib/core';
import { BLUEPRINT_VARIANTS } from '../blueprint-variants';
import { collect, filesIn } from '../folder';
import { SOMEWHERE, stackWith } from '../stacks';
import type { Case } from './case';

export { PROFILES } from '../stacks';
export type { Case } from './case';

const NO_CASES = ['case', 'index'];

/** Every construct, as short as it can be called and with everything it offers: `CASES` of every file beside this one. */
export const CONSTRUCTS: readonly Case[] = collect<readonly Case[]>(__dirname, 'CASES', NO_CASES).flat();

/** The concepts that have cases. */
export const CONCEPTS_WITH_CASES = filesIn(__dirname, NO_CASES);

/** Every blueprint of the catalogue, and those with further options. */
export const BLUEPRINT_CASES: readonly Case[] = [
  ...BLUEPRINTS.map(({ name, create }): Case => ({ name, build: (stack) => { create(stack); } })),
  ...BLUEPRINT_VARIANTS,
];

/**
 * A stack with a case in it, in an account and a region, since some properties are rendered only there. Its alarms go
 * somewhere, as those of a guarded system should.
 */
export function stackOf({ build }: Case, profile: Profile): Stack {
  const stack = stackWith(profile, {}, SOMEWHERE);
  Alarms.notify(stack, Topic.fromTopicArn(stack, 'PlainTopic', 'arn:aws:sns:eu-west-1:111122223333:alarms'));
  build(stack);
  return stack;
}
