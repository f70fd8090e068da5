import { AwsSolutionsChecks } from 'cdk-nag';
import { type Build, stackWith, synthesised, type Where } from './stack';

/** What a variant makes. */
export interface Structure {
  readonly resources: number;
  /** Of the template without indentation. */
  readonly bytes: number;
  /** Resources that a Lambda function of the CDK's own creates. */
  readonly customResources: number;
  /** Errors and warnings of the AwsSolutions pack that nobody acknowledged. */
  readonly findings: number;
}

/** What a variant makes under a profile. */
export function structure(build: Build, profile: string, where?: Where): Structure {
  const template = synthesised(stackWith(build, profile, where));
  const types = Object.values(template.Resources ?? {}).map(({ Type }) => Type);
  const stack = stackWith(build, profile, where);
  const { violations } = new AwsSolutionsChecks(stack).validateScope(stack);
  return {
    resources: types.length,
    bytes: JSON.stringify(template).length,
    customResources: types.filter((type) => /^Custom::|^AWS::CloudFormation::CustomResource$/.test(type)).length,
    findings: violations.flatMap(({ violatingResources }) => violatingResources).length,
  };
}

/** What every variant makes; of ours also how many resources it has under PRODUCTION. */
export function structures(variants: Readonly<Record<string, Build>>, where?: Where) {
  const made = Object.entries(variants).map(([name, build]) => [name, structure(build, 'sandbox', where)]);
  return { production: variants.ours && structure(variants.ours, 'production', where).resources, ...Object.fromEntries(made) };
}
