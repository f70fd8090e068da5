import { readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { CfnWaitConditionHandle, type Stack } from 'aws-cdk-lib';
import { buildSync } from 'esbuild';
import { LinksStack } from '../../examples/adopted/links-stack';
import { Newsletter } from '../../examples/composed/newsletter';
import { ThumbnailsStack } from '../../examples/one-construct/thumbnails-stack';
import type { Case } from './cases/case';
import { SOMEWHERE } from './stacks';

const COMPOSED = join(__dirname, '../../examples/composed');

/** What `npm run build` does in the folder of the app. */
function bundleHandlers(): void {
  const handlers = readdirSync(join(COMPOSED, 'handlers'));
  buildSync({
    absWorkingDir: COMPOSED,
    entryPoints: handlers.map((file) => ({ in: `handlers/${file}`, out: `${basename(file, '.ts')}/index` })),
    outdir: 'dist', bundle: true, platform: 'node', target: 'node22', external: ['@aws-sdk/*'],
  });
}

/** The app has a stack of its own, and one with nothing in it would not be valid. */
function beside(stack: Stack): Stack {
  new CfnWaitConditionHandle(stack, 'PlainNothing');
  return stack;
}

/** The apps in examples/: what is the user's own in them has an id that starts with `Existing`. */
export const EXAMPLE_CASES: readonly Case[] = [
  { name: 'example one-construct', build: (stack) => { new ThumbnailsStack(beside(stack), 'Thumbnails', { env: SOMEWHERE }); } },
  {
    name: 'example adopted',
    build: (stack) => {
      new LinksStack(beside(stack), 'Links', {
        env: SOMEWHERE,
        vpcId: 'vpc-0123456789abcdef0',
        availabilityZones: ['eu-west-1a', 'eu-west-1b'],
        privateSubnetIds: ['subnet-0123456789abcdef0', 'subnet-0123456789abcdef1'],
        privateSubnetRouteTableIds: ['rtb-0123456789abcdef0', 'rtb-0123456789abcdef1'],
        clicksQueueArn: `arn:aws:sqs:${SOMEWHERE.region}:${SOMEWHERE.account}:clicks`,
        clicksDeadLetterQueueArn: `arn:aws:sqs:${SOMEWHERE.region}:${SOMEWHERE.account}:clicks-dead-letters`,
      });
    },
  },
  {
    name: 'example composed',
    build: (stack) => {
      bundleHandlers();
      new Newsletter(stack, 'Newsletter');
    },
  },
];
