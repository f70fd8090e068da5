/** Just enough CloudFormation to deploy a template in milliseconds: the tests of the emulator need no cdk for it. */
import type { LocalAws } from '../../../local';

// The emulator takes the service from it and lets the test key pass without checking the signature.
const SIGNED = 'AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/cloudformation/aws4_request, SignedHeaders=host, Signature=x';

export interface Template {
  readonly Resources: Record<string, object>;
  readonly Outputs?: Record<string, { readonly Value: unknown }>;
}

async function call(aws: LocalAws, parameters: Record<string, string>): Promise<string> {
  const response = await fetch(aws.endpoint, {
    method: 'POST',
    headers: { authorization: SIGNED },
    body: new URLSearchParams({ Version: '2010-05-15', ...parameters }),
  });
  const body = await response.text();
  if (!response.ok) {
    throw new Error(body);
  }
  return body;
}

async function settled(aws: LocalAws, name: string): Promise<string> {
  for (;;) {
    const stack = await call(aws, { Action: 'DescribeStacks', StackName: name });
    const status = /<StackStatus>(\w+)<\/StackStatus>/.exec(stack)?.[1] ?? '';
    if (!status.endsWith('IN_PROGRESS')) {
      if (!/^(CREATE|UPDATE)_COMPLETE$/.test(status)) {
        throw new Error(`${status}: ${await call(aws, { Action: 'DescribeStackEvents', StackName: name })}`);
      }
      return stack;
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Creates or updates a stack and returns its outputs. */
export async function deploy(
  aws: LocalAws, name: string, template: Template, action: 'Create' | 'Update' = 'Create',
): Promise<Record<string, string>> {
  await call(aws, {
    'Action': `${action}Stack`,
    'StackName': name,
    'TemplateBody': JSON.stringify(template),
    'Capabilities.member.1': 'CAPABILITY_IAM',
  });
  const stack = await settled(aws, name);
  const outputs = stack.matchAll(/<OutputKey>([^<]*)<\/OutputKey>\s*<OutputValue>([^<]*)<\/OutputValue>/g);
  return Object.fromEntries(Array.from(outputs, ([, key, value]) => [key, value]));
}
