import { inspect } from 'node:util';
import { App, CfnElement, CfnResource, CloudFormationValidatePlugin, Duration, Stack } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { Profile } from '../../lib/core';
import { SOMEWHERE } from '../support/stacks';

// Starting its engine takes seconds, and a new one starts whenever a template has resources of a type not seen before.
const VALIDATOR = new CloudFormationValidatePlugin();

/** A template has at most 500 resources; what one case adds to a stack that is nearly full must still fit. */
const FULL = { cases: 40, resources: 250 };

/** Many constructs in few stacks, since a synthesis and a validation cost more than a construct. */
export class Batch {
  private readonly app = new App({ analyticsReporting: false });
  private readonly open = new Map<Profile, Stack>();
  private readonly cases: string[] = [];

  /**
   * Adds a construct under a profile.
   *
   * @param build makes it in a scope of its own and returns the props that it was given
   * @param drawn how the props can be drawn again
   */
  public add(profile: Profile, drawn: string, build: (scope: Construct) => object): void {
    const scope = new Construct(this.stackFor(profile), `Case${this.cases.length}`);
    this.cases.push('');
    const given = build(scope);
    const props = inspect(legible(given), { depth: 6, breakLength: Infinity });
    this.cases[this.cases.length - 1] = `${profile.name}, ${drawn}, ${props}`;
  }

  /** Synthesises all, and says what the CDK's template validation has against it, with the props that lead there. */
  public errors(): string[] {
    const assembly = this.synth();
    const stacks = this.app.node.children.filter(Stack.isStack).map((stack) => ({
      stack,
      stackConstructPath: stack.node.path,
      templatePath: assembly.getStackArtifact(stack.artifactId).templateFullPath,
      accountId: SOMEWHERE.account,
      region: SOMEWHERE.region,
    }));
    const empty = stacks.filter(({ stack }) => resourcesIn(stack) === 0).map(({ stackConstructPath }) => `${stackConstructPath} has no resource`);
    const { violations } = VALIDATOR.validate({
      appConstruct: this.app,
      templatePaths: stacks.map(({ templatePath }) => templatePath),
      stackTemplates: stacks,
    });
    const errors = violations.filter(({ severity }) => severity === 'error' || severity === 'fatal');
    return [...empty, ...errors.flatMap(({ ruleName, description, violatingResources }) =>
      violatingResources.map(({ resourceLogicalId, templatePath }) => {
        const { stack } = stacks.find((one) => one.templatePath === templatePath)!;
        return this.explained(`${ruleName}: ${description} at ${pathOf(stack, resourceLogicalId)}`);
      }))];
  }

  private synth() {
    try {
      return this.app.synth();
    } catch (error) {
      throw new Error(this.explained((error as Error).message), { cause: error });
    }
  }

  private stackFor(profile: Profile): Stack {
    const open = this.open.get(profile);
    if (open && open.node.children.length < FULL.cases && resourcesIn(open) < FULL.resources) {
      return open;
    }
    const stack = new Stack(this.app, `Stack${this.app.node.children.length}`, { env: SOMEWHERE });
    Profile.set(stack, profile);
    this.open.set(profile, stack);
    return stack;
  }

  /** A text, and the props of the cases that it mentions. */
  private explained(text: string): string {
    const mentioned = new Set([...text.matchAll(/\bCase(\d+)\b/g)].map(([, index]) => Number(index)));
    return [text, ...[...mentioned].map((index) => `Case${index}: ${this.cases[index]}`)].join('\n  ');
  }
}

const resourcesIn = (stack: Stack) => stack.node.findAll().filter((construct) => CfnResource.isCfnResource(construct)).length;

/** Where the element with a logical id stands in the tree. */
function pathOf(stack: Stack, logicalId: string | undefined): string {
  const elements = stack.node.findAll().filter((construct) => CfnElement.isCfnElement(construct));
  return elements.find((element) => stack.resolve(element.logicalId) === logicalId)?.node.path ?? stack.node.path;
}

/** Props as they can be read: constructs by their path, objects of classes by their name. */
function legible(value: unknown): unknown {
  if (Construct.isConstruct(value)) {
    return `<${value.node.path}>`;
  }
  if (value instanceof Duration) {
    return `<${value.toString()}>`;
  }
  if (Array.isArray(value)) {
    return value.map(legible);
  }
  if (typeof value !== 'object' || value === null) {
    return value;
  }
  const { name } = (Object.getPrototypeOf(value) as { constructor?: { name: string } } | null)?.constructor ?? { name: 'Object' };
  return name === 'Object' ? Object.fromEntries(Object.entries(value).map(([field, inner]) => [field, legible(inner)])) : `<${name}>`;
}
