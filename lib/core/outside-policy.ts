import { Stack, Validations } from 'aws-cdk-lib';
import type { AddToResourcePolicyResult, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IConstruct } from 'constructs';
import { legible } from './legible';

/** A resource whose policy may be out of reach, since it was imported. */
export interface PolicyHolder extends IConstruct {
  addToResourcePolicy(statement: PolicyStatement): AddToResourcePolicyResult;
}

/**
 * Adds a statement to the policy of a resource. Where the resource was imported nothing can be added, and a grant would be
 * missing in silence: a warning then says the statement, to be added where the resource is defined.
 *
 * @param concept the first part of the warning's id
 */
export function addStatement(scope: IConstruct, concept: string, resource: PolicyHolder, statement: PolicyStatement): void {
  if (!resource.addToResourcePolicy(statement).statementAdded) {
    const text = JSON.stringify(legible(Stack.of(scope).resolve(statement.toStatementJson())));
    Validations.of(scope).addWarning(`cdk-system-blueprints:${concept}.PolicyOfImported`,
      `${resource.node.path} was imported, so its policy cannot be changed here; add this statement where it is defined: ${text}`);
  }
}
