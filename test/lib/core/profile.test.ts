import { App, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { Profile } from '../../../lib/core';
import { codesOf, refusedBy } from '../../support/stacks';

const named = (profile: unknown) => new App({ context: { [Profile.CONTEXT_KEY]: profile } });

describe('the profile of a scope', () => {
  test('is PRODUCTION when nobody chose', () => {
    expect(Profile.of(new Stack())).toBe(Profile.PRODUCTION);
  });

  test.each([['sandbox', Profile.SANDBOX], ['production', Profile.PRODUCTION]])('is the one that the context names: %s', (name, profile) => {
    expect(Profile.of(new Stack(named(name), 'Stack'))).toBe(profile);
  });

  test('is what was set, whatever the context says', () => {
    const app = named('sandbox');
    Profile.set(app, Profile.PRODUCTION);
    expect(Profile.of(new Stack(app, 'Stack'))).toBe(Profile.PRODUCTION);
  });

  test('is what was set nearest above it', () => {
    const app = new App();
    const stack = new Stack(app, 'Stack');
    const inner = new Construct(stack, 'Inner');
    Profile.set(app, Profile.PRODUCTION);
    Profile.set(stack, Profile.SANDBOX);
    Profile.set(inner, Profile.PRODUCTION);
    expect([app, stack, inner, new Construct(inner, 'Leaf')].map((scope) => Profile.of(scope).name))
      .toEqual(['production', 'sandbox', 'production', 'production']);
  });
});

describe('an unknown name in the context', () => {
  test('is refused with a hint', () => {
    const stack = new Stack(named('sandobx'), 'Stack');
    expect(refusedBy(() => Profile.of(stack))).toEqual([
      { code: 'Profile.Unknown', given: "profile 'sandobx' (did you mean sandbox?)", allowed: 'sandbox or production' },
    ]);
  });

  test.each(['x', '', 1, true, null])('is refused without one where none is near: %j', (name) => {
    expect(refusedBy(() => Profile.of(new Stack(named(name), 'Stack')))).toEqual([
      { code: 'Profile.Unknown', given: `profile '${name}'`, allowed: 'sandbox or production' },
    ]);
  });

  test('does not matter where a profile was set', () => {
    const stack = new Stack(named('sandobx'), 'Stack');
    Profile.set(stack, Profile.SANDBOX);
    expect(Profile.of(stack)).toBe(Profile.SANDBOX);
  });
});

describe('setting a profile', () => {
  test('is refused after something below was built with another', () => {
    const app = new App();
    const stack = new Stack(app, 'Stack');
    Profile.of(new Construct(stack, 'Built'));
    for (const scope of [app, stack]) {
      expect(refusedBy(() => Profile.set(scope, Profile.SANDBOX))).toEqual([{
        code: 'Profile.SetTooLate',
        given: 'sandbox, after a construct below was built as production',
        allowed: 'Profile.set before the first construct that depends on it',
      }]);
    }
  });

  test('is refused when the scope itself had chosen another, and something was built with that', () => {
    const stack = new Stack();
    Profile.set(stack, Profile.SANDBOX);
    Profile.of(new Construct(stack, 'Built'));
    expect(codesOf(() => Profile.set(stack, Profile.PRODUCTION))).toEqual(['Profile.SetTooLate']);
  });

  test('is fine when it changes nothing', () => {
    const stack = new Stack();
    Profile.of(new Construct(stack, 'Built'));
    Profile.set(stack, Profile.PRODUCTION);
    expect(Profile.of(stack)).toBe(Profile.PRODUCTION);
  });

  test('is fine as long as nothing was built, or only beside it', () => {
    const app = new App();
    const [built, later] = [new Stack(app, 'Built'), new Stack(app, 'Later')];
    Profile.of(built);
    Profile.set(later, Profile.SANDBOX);
    Profile.set(later, Profile.PRODUCTION);
    Profile.set(later, Profile.SANDBOX);
    expect(Profile.of(later)).toBe(Profile.SANDBOX);
  });

  test('is fine above a scope that had chosen for itself before anything was built in it', () => {
    const app = new App();
    const stack = new Stack(app, 'Stack');
    Profile.set(stack, Profile.SANDBOX);
    Profile.of(new Construct(stack, 'Built'));
    Profile.set(app, Profile.SANDBOX);
    expect(Profile.of(new Stack(app, 'Other'))).toBe(Profile.SANDBOX);
  });

  test.each(['sandbox', null, undefined, {}, Object.create(null)])('is refused when it is none: %j', (profile) => {
    expect(codesOf(() => Profile.set(new Stack(), profile as unknown as Profile))).toEqual(['Profile.Unknown']);
  });
});

test('SANDBOX guards nothing and lets disposable data go, PRODUCTION guards and keeps', () => {
  const { SANDBOX, PRODUCTION } = Profile;
  const logs = ({ guarded, logRetention, logRemoval }: Profile) => [guarded, logRetention, logRemoval];
  expect(logs(SANDBOX)).toEqual([false, RetentionDays.ONE_WEEK, RemovalPolicy.DESTROY]);
  expect(logs(PRODUCTION)).toEqual([true, RetentionDays.ONE_YEAR, RemovalPolicy.RETAIN]);
  expect([SANDBOX.dataRemoval(), SANDBOX.dataRemoval(false), SANDBOX.dataRemoval(true)])
    .toEqual([RemovalPolicy.RETAIN, RemovalPolicy.RETAIN, RemovalPolicy.DESTROY]);
  expect([PRODUCTION.dataRemoval(), PRODUCTION.dataRemoval(true)]).toEqual([RemovalPolicy.RETAIN, RemovalPolicy.RETAIN]);
});
