import { Stack, type StackProps } from 'aws-cdk-lib';
import { Vpc } from 'aws-cdk-lib/aws-ec2';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { Network } from 'cdk-system-blueprints';
import { UrlShortener } from 'cdk-system-blueprints/blueprints';
import type { Construct } from 'constructs';

/** Where the company's network and its queue for clicks are. */
export interface LinksStackProps extends StackProps {
  readonly vpcId: string;
  readonly availabilityZones: string[];
  readonly privateSubnetIds: string[];
  readonly privateSubnetRouteTableIds: string[];
  readonly clicksQueueArn: string;
  readonly clicksDeadLetterQueueArn: string;
}

/** A blueprint that brings no network and no queue: it is put into the ones that are there. */
export class LinksStack extends Stack {
  constructor(scope: Construct, id: string, props: LinksStackProps) {
    super(scope, id, props);
    const network = new Network(this, 'Network', { vpc: Vpc.fromVpcAttributes(this, 'Vpc', props) });
    const shortener = new UrlShortener(this, 'Shortener', {
      network,
      clicksQueue: Queue.fromQueueArn(this, 'Clicks', props.clicksQueueArn),
      clicksDeadLetterQueue: Queue.fromQueueArn(this, 'ClicksDeadLetters', props.clicksDeadLetterQueueArn),
      publicBaseUrl: 'https://sho.rt',
    });
    // Every part is a public field: what the blueprint decides can be looked at and added to.
    shortener.redirect.addEnvironment('OWNER', 'growth');
  }
}
