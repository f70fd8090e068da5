import { join } from 'node:path';
import { type CfnQueue, Queue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import * as fc from 'fast-check';
import { ApiGateway } from '../../lib/api-gateway';
import { Profile } from '../../lib/core';
import { RuleError } from '../../lib/core/rules';
import { FunctionService } from '../../lib/function-service';
import { CONCEPTS, collect, filesIn } from '../support/folder';
import { HANDLER, PROFILES, SOMEWHERE, stackWith } from '../support/stacks';
import { Batch } from './batch';
import { GARBAGE, optional, type Replacements, type Subject } from './subject';

const FOLDER = join(__dirname, 'subjects');
const SUBJECTS = collect<Record<string, Subject<object>>>(FOLDER, 'SUBJECTS').flatMap((subjects) => Object.entries(subjects));

/**
 * How many valid, and as many invalid, sets of props a subject gets. `PROPERTY_RUNS` says how many there are in all;
 * they are spread evenly.
 */
const RUNS = process.env.PROPERTY_RUNS === undefined ? 20 : Math.max(50, Math.ceil(whole('PROPERTY_RUNS') / SUBJECTS.length));

// The same runs every time, unless asked for others: a failure names the seed and the path that lead to it.
const SEED = process.env.PROPERTY_SEED === undefined ? 20261122 : whole('PROPERTY_SEED');
// Smaller seeds lead to other props, not to smaller ones: nothing to shrink.
fc.configureGlobal({ seed: SEED, numRuns: RUNS, endOnFailure: true });

function whole(variable: string): number {
  const text = process.env[variable] ?? '';
  if (!/^\d{1,9}$/.test(text)) {
    throw new Error(`${variable} is '${text}', not a whole number`);
  }
  return Number(text);
}

const profile = fc.constantFrom(...PROFILES);
const garbage = fc.constantFrom(...GARBAGE);
// Whatever the props were made with lives in an app of its own; a stack takes constructs of another one as imported.
const elsewhere = () => stackWith(undefined, {}, SOMEWHERE);

/** A prop and what is put in its place. */
function replacement(replacements: Replacements<object>[]): fc.Arbitrary<[string, unknown]> {
  const props = replacements.flatMap((each) => Object.entries(each) as [string, readonly unknown[]][]);
  return fc.constantFrom(...props).chain(([prop, values]) => fc.tuple(fc.constant(prop), fc.constantFrom(...values)));
}

/** What came of building something: nothing to complain about, or the codes of a refusal. Any other error is thrown on. */
function refusal(build: () => unknown): readonly string[] {
  try {
    build();
    return [];
  } catch (error) {
    if (error instanceof RuleError) {
      return error.findings.map(({ code }) => code);
    }
    throw error;
  }
}

test('every concept has subjects', () => {
  expect(filesIn(FOLDER)).toEqual(CONCEPTS);
});

describe.each(SUBJECTS)('%s', (_name, subject) => {
  const { concept, madeOf = [] } = subject;
  const ownCode = new RegExp(`^(${[concept, ...madeOf].join('|')})\\.[A-Z][A-Za-z]+$`);
  const place = elsewhere();
  const invalid = subject.invalid(place);
  const conflicting = subject.conflicting?.(place) ?? {};
  const validProps = (scope: Construct, seed: number) => fc.sample(subject.valid(scope), { numRuns: 1, seed })[0]!;

  test('takes all valid props: they synthesise, and the template validation finds no error', () => {
    const batch = new Batch();
    // The props are drawn inside the run, since some of them are constructs of the stack that they are used in.
    fc.assert(fc.property(profile, fc.nat(), (chosen, seed) => batch.add(chosen, `seed ${seed} of ${SEED}`, (scope) => {
      const given = validProps(scope, seed);
      subject.build(scope, given);
      return given;
    })));
    expect(batch.errors()).toEqual([]);
  });

  test('refuses every invalid value of every prop with a code of its own', () => {
    const wrong = [invalid, conflicting].flatMap((each) => Object.entries(each) as [string, readonly unknown[]][]);
    const singles = wrong.flatMap(([prop, values]) => values.map((value) => ({ prop, value })));
    singles.forEach(({ prop, value }, seed) => {
      const codes = refusal(() => subject.build(elsewhere(), { ...validProps(elsewhere(), seed), [prop]: value }));
      expect({ prop, value, codes }).toEqual({ prop, value, codes: expect.arrayContaining([expect.stringMatching(ownCode)]) });
      expect(codes.filter((code) => !ownCode.test(code))).toEqual([]);
    });
  });

  test('refuses one to three invalid values at once with codes of its own, whatever the other props are', () => {
    const more = fc.array(replacement([invalid, conflicting]), { maxLength: 2 });
    fc.assert(fc.property(profile, fc.nat(), replacement([invalid]), more, (chosen, seed, wrong, others) => {
      const given = { ...validProps(elsewhere(), seed), ...Object.fromEntries([...others, wrong]) };
      const codes = refusal(() => subject.build(stackWith(chosen, {}, SOMEWHERE), given));
      expect(codes).not.toEqual([]);
      expect(codes.filter((code) => !ownCode.test(code))).toEqual([]);
    }));
  });

  test('never answers garbage with anything but a refusal', () => {
    const anything = optional(Object.fromEntries(Object.keys({ ...invalid, ...conflicting }).map((prop) => [prop, garbage])));
    fc.assert(fc.property(profile, anything, (chosen, given) => {
      const codes = refusal(() => subject.build(stackWith(chosen), given));
      expect(codes.filter((code) => !ownCode.test(code))).toEqual([]);
    }));
  });

  test.each([null, 'props', 5, []])('refuses %j in place of all props', (given) => {
    expect(refusal(() => subject.build(stackWith(), given as unknown as object)))
      .toEqual([expect.stringMatching(new RegExp(`^${concept}\\.[A-Za-z]*WrongType$`))]);
  });
});

test('a template that CloudFormation would refuse is found, with the props that lead to it', () => {
  const batch = new Batch();
  PROFILES.forEach((chosen, seed) => batch.add(chosen, `seed ${seed}`, (scope) => {
    const queue = new Queue(scope, 'Queue').node.defaultChild as CfnQueue;
    queue.addPropertyOverride('VisibilityTimeout', chosen === Profile.PRODUCTION ? 999_999 : 30);
    return { scope };
  }));
  const [error, ...others] = batch.errors();
  expect(error).toMatch(/999999 is greater than the maximum[^]* at Stack1\/Case1\/Queue\/Resource\n/);
  expect(error).toMatch(/\n {2}Case1: production, seed 1, \{ scope: '<Stack1\/Case1>' \}$/);
  expect(others).toEqual([]);
});

test('a route is made or refused, whatever the text', () => {
  const nearly = fc.stringMatching(/^(GET|ANY|get|FOO) \/[a-z{}+/. ]{0,12}$/);
  fc.assert(fc.property(fc.oneof(fc.string(), nearly, garbage as fc.Arbitrary<string>), (route) => {
    const stack = stackWith();
    const worker = new FunctionService(stack, 'Worker', { handler: HANDLER });
    const codes = refusal(() => new ApiGateway(stack, 'Subject').route(route, worker));
    expect(codes.filter((code) => code !== 'ApiGateway.MalformedRoute')).toEqual([]);
  }), { numRuns: 150, endOnFailure: false });
});
