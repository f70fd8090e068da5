import { App } from 'aws-cdk-lib';
import { Profile } from 'cdk-system-blueprints';
import { LinksStack } from './links-stack';

const app = new App();
Profile.set(app, Profile.named(app, String(app.node.tryGetContext('profile') ?? 'sandbox')));
new LinksStack(app, 'Links', {
  vpcId: 'vpc-0123456789abcdef0',
  availabilityZones: ['eu-west-1a', 'eu-west-1b'],
  privateSubnetIds: ['subnet-0123456789abcdef0', 'subnet-0123456789abcdef1'],
  privateSubnetRouteTableIds: ['rtb-0123456789abcdef0', 'rtb-0123456789abcdef1'],
  clicksQueueArn: 'arn:aws:sqs:eu-west-1:111122223333:clicks',
  clicksDeadLetterQueueArn: 'arn:aws:sqs:eu-west-1:111122223333:clicks-dead-letters',
  env: { account: '111122223333', region: 'eu-west-1' },
});
