import { App, type AppProps, type Environment, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Code, Function as LambdaFunction, type FunctionProps, Runtime } from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import { Handler, Profile } from '../../lib/core';
import { type Finding, RuleError } from '../../lib/core/rules';

/** A resource of a template. */
export interface TemplateResource {
  readonly Type: string;
  readonly Properties: Record<string, unknown>;
  readonly DeletionPolicy?: string;
  readonly UpdateReplacePolicy?: string;
}

/** An account and a region, for what the CDK renders only where it knows them. */
export const SOMEWHERE: Environment = { account: '111122223333', region: 'eu-west-1' };

/** Every profile that there is. */
export const PROFILES: readonly Profile[] = [Profile.SANDBOX, Profile.PRODUCTION];

/** An empty stack under a profile, in an app of its own. */
export function stackWith(profile: Profile = Profile.SANDBOX, props: AppProps = {}, env?: Environment): Stack {
  const app = new App({ analyticsReporting: false, ...props });
  Profile.set(app, profile);
  return new Stack(app, 'Stack', { env });
}

/** Code that needs no file. */
export const HANDLER = Handler.fromCode(Code.fromInline('exports.handler = async () => {};'));

/** A Lambda function that this library did not make. */
export function plainFunction(scope: Construct, id: string, props: Partial<FunctionProps> = {}): LambdaFunction {
  const code = Code.fromInline('exports.handler = async () => {};');
  return new LambdaFunction(scope, id, { code, handler: 'index.handler', runtime: Runtime.NODEJS_24_X, ...props });
}

/** The whole template of a stack. */
export function templateOf(stack: Stack): { readonly Resources?: Record<string, TemplateResource>; readonly Outputs?: object } {
  return Template.fromStack(stack).toJSON();
}

/**
 * The resources of a stack under readable names: logical ids without their hash wherever that leaves them different,
 * and `<asset>.zip` for every asset.
 */
export function resourcesOf(stack: Stack): Record<string, TemplateResource> {
  const resources = templateOf(stack).Resources ?? {};
  const ids = Object.keys(resources);
  const short = (id: string) => id.replace(/[0-9A-F]{8}$/, '');
  const names = new Map(ids.map((id) => [id, ids.filter((other) => short(other) === short(id)).length === 1 ? short(id) : id]));
  // Longest first, so that an id which begins with another one is not cut in two.
  const renamed = [...names].sort(([a], [b]) => b.length - a.length)
    .reduce((json, [id, name]) => json.replaceAll(`"${id}"`, `"${name}"`), JSON.stringify(resources));
  return JSON.parse(renamed.replace(/[0-9a-f]{64}\.zip/g, '<asset>.zip')) as Record<string, TemplateResource>;
}

/** The names of the resources of one type. */
export function namesOf(stack: Stack, type: string): string[] {
  return Object.entries(resourcesOf(stack)).flatMap(([name, resource]) => resource.Type === type ? [name] : []);
}

/** The properties of the only resource of one type. */
export function onlyOne(stack: Stack, type: string): Record<string, unknown> {
  const found = Object.values(resourcesOf(stack)).filter((resource) => resource.Type === type);
  if (found.length !== 1) {
    throw new Error(`there are ${found.length} resources of type ${type}, not one`);
  }
  return found[0]!.Properties;
}

/** A statement of a policy as a template has it. */
export interface Statement {
  readonly Effect: string;
  readonly Action: string | string[];
  readonly Resource: unknown;
}

/** Every statement that the policies of a stack allow to roles, those inside the roles included. */
export function statementsOf(stack: Stack): Statement[] {
  return Object.values(resourcesOf(stack)).flatMap(({ Type, Properties }) => {
    const documents = Type === 'AWS::IAM::Policy'
      ? [Properties.PolicyDocument]
      : Type === 'AWS::IAM::Role' ? ((Properties.Policies ?? []) as { PolicyDocument: unknown }[]).map((policy) => policy.PolicyDocument) : [];
    return (documents as { Statement: Statement[] }[]).flatMap((document) => document.Statement);
  });
}

/** What a construct refused; fails when it refused nothing, or in another way than with a RuleError. */
export function refusedBy(build: () => unknown): readonly Finding[] {
  try {
    build();
  } catch (error) {
    if (error instanceof RuleError) {
      return error.findings;
    }
    throw error;
  }
  throw new Error('nothing was refused');
}

/** The codes of what a construct refused. */
export const codesOf = (build: () => unknown) => refusedBy(build).map(({ code }) => code);
