import { App, Stack } from 'aws-cdk-lib';
import { type CfnQueue, Queue } from 'aws-cdk-lib/aws-sqs';
import flags from 'aws-cdk-lib/recommended-feature-flags.json';
import { BLUEPRINTS } from '../../blueprints/registry';
import { Profile } from '../../lib/core';
import { BLUEPRINT_VARIANTS } from '../support/blueprint-variants';
import { CONSTRUCTS, PROFILES } from '../support/cases';
import { EXAMPLE_CASES } from '../support/example-cases';
import { SOMEWHERE } from '../support/stacks';

/** Synthesises with the CDK's own template validation, whose errors fail the synth. Resolves to what it printed. */
function synth(build: (app: App) => void): string {
  const printed = jest.spyOn(console, 'error').mockImplementation();
  try {
    const app = new App({ analyticsReporting: false, context: { ...flags, '@aws-cdk/core:validateAgainstDefaultRules': true } });
    build(app);
    app.synth();
    return printed.mock.calls.map(([text]) => String(text)).join('');
  } finally {
    printed.mockRestore();
  }
}

// All stacks in one app, since starting the engine takes seconds and each template takes little.
test('every blueprint, construct and example passes the template validation under every profile, warned of nothing but what the library says itself', () => {
  const printed = synth((app) => {
    for (const profile of PROFILES) {
      for (const { name, create } of BLUEPRINTS) {
        const stack = new Stack(app, `${name}-${profile.name}`);
        Profile.set(stack, profile);
        create(stack);
      }
      [...CONSTRUCTS, ...BLUEPRINT_VARIANTS, ...EXAMPLE_CASES].forEach(({ build }, index) => {
        const stack = new Stack(app, `Construct${index}-${profile.name}`, { env: SOMEWHERE });
        Profile.set(stack, profile);
        build(stack);
      });
    }
  });
  const ids = [...printed.matchAll(/Acknowledge with '([^']+)'/g)].map(([, id]) => id);
  expect(ids.filter((id) => !id!.startsWith('Annotation::cdk-system-blueprints:'))).toEqual([]);
});

test('a blueprint that is broken is refused, with the path of what is wrong', () => {
  expect(() => synth((app) => {
    const stack = new Stack(app, 'Broken');
    BLUEPRINTS[0]!.create(stack);
    const queue = stack.node.findAll().find((construct): construct is Queue => construct instanceof Queue)!;
    (queue.node.defaultChild as CfnQueue).addPropertyOverride('VisibilityTimeout', 999_999);
  })).toThrow(/ERROR VisibilityTimeout: 999999 is greater than the maximum of 43200[^]*Broken\/UrlShortener\/Clicks/);
});
