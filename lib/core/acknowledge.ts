import { type CfnElement, Stack, Validations } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import { legible } from './legible';

/** A finding of a policy pack that is right to stay, and the evidence for that. */
export interface Acknowledgement {
  /** The id of the finding, as cdk-nag 3 prints it: `AwsSolutions-APIG4`, `AwsSolutions-IAM5[Resource::*]`. */
  readonly id: string;
  /** Why the finding stays: what this construct does that makes it harmless. */
  readonly reason: string;
}

/** Acknowledges findings on the narrowest construct that has them, so that nothing else hides behind the reason. */
export function acknowledge(construct: IConstruct, ...acknowledgements: readonly Acknowledgement[]): void {
  // The CDK records a stack trace with each, which nobody asks for and which takes longer than everything else about it.
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  try {
    Validations.of(construct).acknowledge(...acknowledgements);
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}

/** Policy packs that hold the same rules under prefixes of their own. */
export enum CompliancePack {
  HIPAA = 'HIPAA.Security',
  NIST = 'NIST.800.53.R5',
  PCI = 'PCI.DSS.321',
}

/**
 * Acknowledges one rule of the compliance packs.
 *
 * @param rule the rule without its prefix: `LambdaInsideVPC`
 * @param packs the packs that have the rule; all three unless told otherwise
 */
export function acknowledgeCompliance(
  construct: IConstruct, rule: string, reason: string, packs: readonly CompliancePack[] = Object.values(CompliancePack),
): void {
  acknowledge(construct, ...packs.map((pack) => ({ id: `${pack}-${rule}`, reason })));
}

/** Acknowledges that the grants of a role are inline policies, as the CDK writes them. */
export function acknowledgeInlineGrants(role: IConstruct): void {
  acknowledgeCompliance(role, 'IAMNoInlinePolicy',
    'The grants of this one role live and die with it; an inline policy cannot be attached to anybody else by mistake (IAM User Guide, "Choose between managed policies and inline policies").');
}

/**
 * The id under which cdk-nag 3 reports a wildcard below one resource's ARN, for example every index of a table. The id
 * holds the logical id that the resource has in the user's stack, so it can only be computed there.
 *
 * @param suffix what follows the ARN, for example `/index/*`
 */
export function wildcardBelow(resource: IConstruct, suffix: string): string {
  const logicalId = Stack.of(resource).resolve(Stack.of(resource).getLogicalId(resource.node.defaultChild as CfnElement));
  return `AwsSolutions-IAM5[Resource::<${logicalId}.Arn>${suffix}]`;
}

/**
 * Acknowledges a resource with a wildcard in the policies of a principal, whether the resource was imported or not.
 *
 * @param scope where the resource is defined
 * @param resource the resource as the policy has it: `bucket.arnForObjects('*')`
 */
export function acknowledgeWildcard(principal: IConstruct, scope: IConstruct, resource: string, reason: string): void {
  try {
    acknowledge(principal, { id: `AwsSolutions-IAM5[Resource::${String(legible(Stack.of(scope).resolve(resource)))}]`, reason });
  } catch (error) {
    // Older versions of the CDK take no ARN in an id. A finding that stays visible there is better than no stack at all.
    if (!String(error).includes('Invalid validation rule ID')) {
      throw error;
    }
  }
}
