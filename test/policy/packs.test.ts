import { type Acknowledgment, type Stack, Validations } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import { AwsSolutionsChecks, HIPAASecurityChecks, type NagPack, NIST80053R5Checks, PCIDSS321Checks, ServerlessChecks } from 'cdk-nag';
import { type Case, BLUEPRINT_CASES, CONSTRUCTS, PROFILES, stackOf } from '../support/cases';
import { EXAMPLE_CASES } from '../support/example-cases';
import { Profile } from '../../lib/core';

const PACKS: readonly (new (scope?: IConstruct) => NagPack)[] = [
  AwsSolutionsChecks, ServerlessChecks, NIST80053R5Checks, HIPAASecurityChecks, PCIDSS321Checks,
];

/** Every finding of every pack below a scope, errors and warnings. */
const findingsIn = (scope: IConstruct) => PACKS
  .flatMap((Pack) => new Pack(scope).validateScope(scope).violations)
  .flatMap(({ ruleName: id, violatingResources }) => violatingResources.map(({ constructPath: path = '' }) => ({ id, path })));

/** What is acknowledged while something is built, kept from having any effect. */
function acknowledgedBy(build: () => void): { id: string; reason: string; path: string }[] {
  const recorded: { id: string; reason: string; path: string }[] = [];
  const real = Validations.of.bind(Validations);
  const spy = jest.spyOn(Validations, 'of').mockImplementation((scope) => Object.assign(Object.create(real(scope)) as Validations, {
    acknowledge: (...items: Acknowledgment[]) => {
      // The CDK itself acknowledges findings of its own validation, which is another layer.
      const ours = items.filter(({ id }) => !id.startsWith('CloudFormation-Validate::'));
      recorded.push(...ours.map(({ id, reason }) => ({ id, reason, path: scope.node.path })));
    },
  }));
  build();
  spy.mockRestore();
  return recorded;
}

const cases = [...CONSTRUCTS, ...BLUEPRINT_CASES, ...EXAMPLE_CASES].flatMap((one) =>
  PROFILES.map((profile): [string, string, Case, Profile] => [one.name, profile.name, one, profile]));

describe.each(cases)('%s under %s', (_name, _profile, one, profile) => {
  test('has no finding that is not acknowledged', () => {
    // What a user brings along is not ours to judge.
    const findings = findingsIn(stackOf(one, profile)).filter(({ path }) => !/^Stack\/(\w+\/Existing|Plain)/.test(path));
    expect(findings).toEqual([]);
  });

  test('acknowledges nothing that is not found', () => {
    let stack: Stack;
    const acknowledged = acknowledgedBy(() => { stack = stackOf(one, profile); });
    const findings = findingsIn(stack!);
    const stale = acknowledged.filter(({ id, path }) =>
      !findings.some((finding) => finding.id === id && `${finding.path}/`.startsWith(`${path}/`)));
    expect(stale).toEqual([]);
  });
});

test('acknowledgements have reasons worth reading', () => {
  const everything = [...CONSTRUCTS, ...BLUEPRINT_CASES];
  const acknowledged = acknowledgedBy(() => everything.forEach((one) => stackOf(one, Profile.PRODUCTION)));
  expect(new Set(acknowledged.map(({ id }) => id)).size).toBeGreaterThan(5);
  expect(acknowledged.filter(({ reason }) => reason.length < 30)).toEqual([]);
});
