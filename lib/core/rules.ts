import type { IConstruct } from 'constructs';

/** What a rule found: the value that was given and what is allowed in its place. */
export interface Refusal {
  readonly given: string;
  readonly allowed: string;
}

/** One thing that a construct refuses. */
export interface Rule<Props> {
  /** Stable and searchable: `<Concept>.<WhatIsWrong>`. */
  readonly code: string;
  /** The refusal, or undefined when the props keep the rule. Values known only at deployment keep every rule. */
  readonly check: (props: Props) => Refusal | undefined;
  /** When it is broken, the other rules are not asked, since they could make no sense of the props. */
  readonly first?: boolean;
}

/** A refusal together with the code of its rule. */
export interface Finding extends Refusal {
  readonly code: string;
}

/** The error of a construct that was given something impossible. It names every broken rule, not only the first. */
export class RuleError extends Error {
  public override readonly name = 'RuleError';

  constructor(public readonly constructPath: string, public readonly findings: readonly Finding[]) {
    const lines = findings.map(({ code, given, allowed }) => `  ${code}: ${given}; allowed: ${allowed}`);
    super([`${constructPath || '(app)'} was given what it cannot be:`, ...lines].join('\n'));
  }
}

/**
 * Refuses props that break a rule.
 *
 * @throws RuleError with all broken rules at once
 */
export function enforce<Props>(scope: IConstruct, rules: readonly Rule<Props>[], props: Props): void {
  const broken = (asked: readonly Rule<Props>[]) => asked.flatMap(({ code, check }) => {
    const refusal = check(props);
    return refusal ? [{ code, ...refusal }] : [];
  });
  const first = broken(rules.filter((rule) => rule.first));
  const findings = first.length > 0 ? first : broken(rules);
  if (findings.length > 0) {
    throw new RuleError(scope.node.path, findings);
  }
}

/** Refuses one thing that is known only while wiring. */
export function refuse(scope: IConstruct, code: string, given: string, allowed: string): never {
  throw new RuleError(scope.node.path, [{ code, given, allowed }]);
}
