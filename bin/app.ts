import { App, CfnOutput, Stack, Validations } from 'aws-cdk-lib';
import { BLUEPRINTS, blueprintNamed, UnknownBlueprintError } from '../blueprints/registry';
import { Profile } from '../lib/core/profile';
import { RememberedValidation } from '../lib/core/remembered-validation';
import { RuleError } from '../lib/core/rules';

/** One stack for the blueprint that `-c blueprint=<name>` asks for, or one for each. */
function main(): void {
  const app = new App({ ...RememberedValidation.APP_PROPS, analyticsReporting: false });
  Validations.of(app).addPlugins(new RememberedValidation());
  const context = (key: string): string | undefined => app.node.tryGetContext(key) as string | undefined;
  Profile.set(app, Profile.named(app, context('profile') ?? 'sandbox'));

  const asked = context('blueprint');
  for (const entry of asked === undefined ? BLUEPRINTS : [blueprintNamed(asked)]) {
    const stack = new Stack(app, entry.name, { description: `${entry.title} (cdk-system-blueprints, ${Profile.of(app).name})` });
    const blueprint = entry.create(stack);
    for (const [name, value] of Object.entries(blueprint.outputs)) {
      new CfnOutput(stack, name, { value });
    }
  }
  app.synth();
}

try {
  main();
} catch (error) {
  if (error instanceof UnknownBlueprintError || error instanceof RuleError) {
    process.stderr.write(`${error.message}\n`);
    process.exit(1);
  }
  throw error;
}
