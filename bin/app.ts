import { App, CfnOutput, Stack, Validations } from 'aws-cdk-lib';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { BLUEPRINTS, blueprintNamed, UnknownBlueprintError } from '../blueprints/registry';
import { Alarms } from '../lib/core/alarms';
import { Profile } from '../lib/core/profile';
import { RememberedValidation } from '../lib/core/remembered-validation';
import { RuleError } from '../lib/core/rules';

/**
 * One stack for the blueprint that `-c blueprint=<name>` asks for, or one for each. `-c profile=production` makes them
 * durable and watched; `-c alarmTopicArn=<arn>` sends their alarms to an SNS topic.
 */
function main(): void {
  const app = new App({ ...RememberedValidation.APP_PROPS, analyticsReporting: false });
  Validations.of(app).addPlugins(new RememberedValidation());
  const context = (key: string): string | undefined => app.node.tryGetContext(key) as string | undefined;
  Profile.set(app, Profile.named(app, context('profile') ?? 'sandbox'));

  const alarmTopic = context('alarmTopicArn');
  const asked = context('blueprint');
  for (const entry of asked === undefined ? BLUEPRINTS : [blueprintNamed(asked)]) {
    const stack = new Stack(app, entry.name, { description: `${entry.title} (cdk-system-blueprints, ${Profile.of(app).name})` });
    if (alarmTopic !== undefined) {
      Alarms.notify(stack, Topic.fromTopicArn(stack, 'AlarmTopic', alarmTopic));
    }
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
