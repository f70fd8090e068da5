import { App, CfnOutput, Stack } from 'aws-cdk-lib';
import { Profile } from 'cdk-system-blueprints';
import { Newsletter } from './newsletter';

const app = new App();
Profile.set(app, Profile.named(app, String(app.node.tryGetContext('profile') ?? 'sandbox')));
const stack = new Stack(app, 'Newsletter');
new CfnOutput(stack, 'Url', { value: new Newsletter(stack, 'Newsletter').api.url });
