import type { IConstruct } from 'constructs';
import { AwsSolutionsChecks, type NagPack, ServerlessChecks } from 'cdk-nag';
import { type Acknowledgement, acknowledge } from '../../lib/core/acknowledge';
import { type Case, BLUEPRINT_CASES, CONSTRUCTS, PROFILES, stackOf } from '../support/cases';
import { Profile } from '../../lib/core';

jest.mock('../../lib/core/acknowledge', () => ({
  ...jest.requireActual<object>('../../lib/core/acknowledge'),
  acknowledge: jest.fn(),
}));

const { acknowledge: reallyAcknowledge } = jest.requireActual<typeof import('../../lib/core/acknowledge')>('../../lib/core/acknowledge');
const PACKS: readonly (new (scope?: IConstruct) => NagPack)[] = [AwsSolutionsChecks, ServerlessChecks];

/** Every finding of every pack below a scope, errors and warnings. */
const findingsIn = (scope: IConstruct) => PACKS
  .flatMap((Pack) => new Pack(scope).validateScope(scope).violations)
  .flatMap(({ ruleName: id, violatingResources }) => violatingResources.map(({ constructPath: path = '' }) => ({ id, path })));

const cases = [...CONSTRUCTS, ...BLUEPRINT_CASES].flatMap((one) => PROFILES.map((profile): [string, string, Case, Profile] =>
  [one.name, profile.name, one, profile]));

describe.each(cases)('%s under %s', (_name, _profile, one, profile) => {
  test('has no finding that is not acknowledged', () => {
    jest.mocked(acknowledge).mockImplementation(reallyAcknowledge);
    // What a user brings along is not ours to judge.
    const findings = findingsIn(stackOf(one, profile)).filter(({ path }) => !/^Stack\/Plain\//.test(path));
    expect(findings).toEqual([]);
  });

  test('acknowledges nothing that is not found', () => {
    const acknowledged: { id: string; path: string }[] = [];
    jest.mocked(acknowledge).mockImplementation((construct: IConstruct, ...items: readonly Acknowledgement[]) => {
      acknowledged.push(...items.map(({ id }) => ({ id, path: construct.node.path })));
    });
    const findings = findingsIn(stackOf(one, profile));
    const stale = acknowledged.filter(({ id, path }) =>
      !findings.some((finding) => finding.id === id && `${finding.path}/`.startsWith(`${path}/`)));
    expect(stale).toEqual([]);
  });
});

test('acknowledgements have reasons worth reading', () => {
  const reasons = new Map<string, string>();
  jest.mocked(acknowledge).mockImplementation((_construct, ...items) => {
    items.forEach(({ id, reason }) => reasons.set(id, reason));
  });
  [...CONSTRUCTS, ...BLUEPRINT_CASES].forEach((one) => stackOf(one, Profile.PRODUCTION));
  expect(reasons.size).toBeGreaterThan(5);
  expect([...reasons].filter(([, reason]) => reason.length < 30)).toEqual([]);
});
