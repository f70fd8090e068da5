import { App, NestedStack, Stack, Stage, Validations } from 'aws-cdk-lib';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { AwsSolutionsChecks } from 'cdk-nag';
import { acknowledge, wildcardBelow } from '../../../lib/core/acknowledge';

const findings = (stack: Stack) =>
  new AwsSolutionsChecks(stack).validateScope(stack).violations.map(({ ruleName }) => ruleName);

test('an acknowledgement is kept on the construct, with its reason', () => {
  const queue = new Queue(new Stack(), 'Queue');
  acknowledge(queue, { id: 'AwsSolutions-SQS3', reason: 'a' }, { id: 'AwsSolutions-SQS4', reason: 'b' });
  const kept = queue.node.metadata.filter(({ type }) => type === Validations.ACKNOWLEDGED_RULES_METADATA_KEY);
  expect(Object.assign({}, ...kept.map(({ data }) => data as object))).toEqual({ 'Annotation::AwsSolutions-SQS3': 'a', 'Annotation::AwsSolutions-SQS4': 'b' });
});

test('it silences that finding on that construct only', () => {
  const stack = new Stack();
  acknowledge(new Queue(stack, 'A', { enforceSSL: true }), { id: 'AwsSolutions-SQS3', reason: 'a' });
  expect(findings(stack)).toEqual([]);
  new Queue(stack, 'B', { enforceSSL: true });
  expect(findings(stack)).toEqual(['AwsSolutions-SQS3']);
});

test.each([
  ['a stack', () => new Stack(new App(), 'Stack')],
  ['a stack of a stage', () => new Stack(new Stage(new App(), 'Stage'), 'Stack')],
  ['a nested stack', () => new NestedStack(new Stack(new App(), 'Stack'), 'Nested')],
])('a wildcard below a resource is named as the pack names it in %s', (_, create) => {
  const stack = create();
  const queue = new Queue(stack, 'Queue', { enforceSSL: true });
  acknowledge(queue, { id: 'AwsSolutions-SQS3', reason: 'not the subject' });
  const role = new Role(stack, 'Role', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
  role.addToPolicy(new PolicyStatement({ actions: ['sqs:SendMessage'], resources: [`${queue.queueArn}/part/*`] }));
  expect(findings(stack)).toEqual([wildcardBelow(queue, '/part/*')]);
  acknowledge(role, { id: wildcardBelow(queue, '/part/*'), reason: 'a' });
  expect(findings(stack)).toEqual([]);
});
