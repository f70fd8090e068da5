import { CfnResource } from 'aws-cdk-lib';
import { BLUEPRINTS } from '../../blueprints/registry';
import { built } from '../../cli/built';
import { kindsAmong } from '../../cli/inventory';

const namesAmong = (...types: string[]) => kindsAmong(new Set(types)).map(({ name }) => name);

test('what no template names is looked for in any case', () => {
  expect(namesAmong()).toEqual(['log group', 'bucket']);
});

test('of the rest, what a template has', () => {
  expect(namesAmong('AWS::SNS::Topic', 'AWS::Lambda::Function', 'AWS::IAM::Role')).toEqual(['function', 'log group', 'bucket', 'topic']);
});

test('every kind is looked for by some blueprint', () => {
  const types = BLUEPRINTS.flatMap((entry) => built(entry).stack.node.findAll()
    .filter(CfnResource.isCfnResource).map(({ cfnResourceType }) => cfnResourceType));
  expect(namesAmong(...types)).toEqual([
    'user pool', 'table', 'stream', 'function', 'log group', 'bucket', 'secret', 'topic', 'queue', 'state machine',
  ]);
}, 120_000);
