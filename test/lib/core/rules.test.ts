import { App, Duration, Lazy, Stack, Token } from 'aws-cdk-lib';
import { adoptsOrShapes, text, wholeNumber, wholeSeconds } from '../../../lib/core/checks';
import { enforce, refuse, type Rule, RuleError } from '../../../lib/core/rules';
import { typed } from '../../../lib/core/typed';
import { refusedBy } from '../../support/stacks';

interface Props {
  readonly size?: number;
  readonly name?: string;
  readonly nested?: { readonly delay?: Duration };
}

const RULES: readonly Rule<Props>[] = [
  { code: 'Box.WrongType', first: true, check: (props) => typed(props, { size: 'number', name: 'text', nested: { delay: 'duration' } }) },
  { code: 'Box.Size', check: ({ size }) => wholeNumber('size', size, 1, 10) },
  { code: 'Box.Name', check: ({ name }) => text('name', name, 1, 3) },
];

describe('rules', () => {
  test('that are kept say nothing', () => {
    expect(() => enforce(new Stack(), RULES, { size: 1, name: 'abc', nested: {} })).not.toThrow();
  });

  test('that are broken are all named, with the path of the construct', () => {
    const stack = new Stack(new App(), 'Stack');
    const build = () => enforce(stack, RULES, { size: 11, name: '' });
    expect(build).toThrow(new RuleError('Stack', [
      { code: 'Box.Size', given: 'size is 11', allowed: 'a whole number from 1 to 10' },
      { code: 'Box.Name', given: "name is ''", allowed: 'text of 1 to 3 bytes' },
    ]));
    expect(build).toThrow([
      'Stack was given what it cannot be:',
      '  Box.Size: size is 11; allowed: a whole number from 1 to 10',
      "  Box.Name: name is ''; allowed: text of 1 to 3 bytes",
    ].join('\n'));
  });

  test('about types come first and alone, since the others could make no sense of the props', () => {
    const props = { size: '5', name: 'too long', nested: { delay: 5 } } as unknown as Props;
    expect(refusedBy(() => enforce(new Stack(), RULES, props))).toEqual([
      { code: 'Box.WrongType', given: "size is '5', nested.delay is 5", allowed: 'size: a number, nested.delay: a Duration' },
    ]);
  });

  test('can be told while wiring, at the root too', () => {
    expect(() => refuse(new App(), 'Box.Late', 'a', 'b')).toThrow('(app) was given what it cannot be:\n  Box.Late: a; allowed: b');
  });
});

describe('typed', () => {
  const check = (kind: Parameters<typeof typed<{ x: unknown }>>[1]['x'], x: unknown) => typed({ x }, { x: kind });

  test.each([
    ['text', ['', 'a', Lazy.string({ produce: () => 'x' }), Token.asAny('x')], [1, null, [], {}], 'text'],
    ['number', [0, NaN, Lazy.number({ produce: () => 1 })], ['1', null, {}], 'a number'],
    ['flag', [true, false], ['true', 0, null], 'true or false'],
    ['duration', [Duration.seconds(1)], [1, '1s', {}, null], 'a Duration'],
    ['construct', [new Stack()], ['arn', {}, null], 'a construct'],
    ['object', [{}], [[], 'x', null, 1], 'an object'],
    ['list', [[]], [{}, 'x', null], 'a list'],
    ['objects', [[], [{}]], [[1], {}, [null]], 'a list of objects'],
    ['texts', [{}, { a: 'b' }], [{ a: 1 }, [], 'x', null], 'an object of texts'],
  ] as const)('%s', (kind, right, wrong, allowed) => {
    for (const value of [undefined, ...right]) {
      expect(check(kind, value)).toBeUndefined();
    }
    for (const value of wrong) {
      expect(check(kind, value)).toEqual({ given: expect.stringMatching(/^x is /), allowed: `x: ${allowed}` });
    }
  });

  test('instances of a class, named by the class', () => {
    expect(check(App, new App())).toBeUndefined();
    expect(check(App, {})).toEqual({ given: 'x is an object', allowed: 'x: an instance of App' });
  });

  test.each([[null, 'null'], [undefined, 'undefined'], ['x', "'x'"], [[], 'a list']])('refuses props that are no object: %j', (props, shown) => {
    expect(typed(props as unknown as Props, { size: 'number', name: 'text', nested: 'object' }))
      .toEqual({ given: `props is ${shown}`, allowed: 'an object' });
  });

  test('shows long text cut short', () => {
    expect(check('number', 'y'.repeat(100))?.given).toBe(`x is '${'y'.repeat(57)}...'`);
  });
});

describe('wholeNumber', () => {
  test.each([undefined, 1, 10, Lazy.number({ produce: () => 99 })])('takes %p', (value) => {
    expect(wholeNumber('n', value, 1, 10)).toBeUndefined();
  });
  test.each([0, 11, 1.5, NaN, Infinity, '5' as unknown as number])('refuses %p', (value) => {
    expect(wholeNumber('n', value, 1, 10)).toEqual({ given: expect.stringMatching(/^n is /), allowed: 'a whole number from 1 to 10' });
  });
});

describe('wholeSeconds', () => {
  test.each([undefined, Duration.seconds(1), Duration.millis(2000), Duration.seconds(Lazy.number({ produce: () => 99 }))])('takes %s', (value) => {
    expect(wholeSeconds('d', value, 1, 10)).toBeUndefined();
  });
  test.each([Duration.seconds(0), Duration.seconds(11), Duration.millis(1500)])('refuses %s', (value) => {
    expect(wholeSeconds('d', value, 1, 10)).toEqual({ given: expect.stringMatching(/^d is .* s$/), allowed: 'whole seconds from 1 to 10' });
  });
});

describe('text', () => {
  test.each([undefined, 'a', 'ää', Lazy.string({ produce: () => 'far too long' })])('takes %p', (value) => {
    expect(text('t', value, 1, 4)).toBeUndefined();
  });
  test.each(['', 'äää', 'abcde', 5 as unknown as string])('refuses %p, counted in bytes', (value) => {
    expect(text('t', value, 1, 4)?.allowed).toBe('text of 1 to 4 bytes');
  });
});

describe('adoptsOrShapes', () => {
  const check = (props: { thing?: object; size?: number; note?: string }) => adoptsOrShapes('thing', props, ['note']);

  test('takes shaping without adopting, adopting without shaping, and what makes sense beside', () => {
    for (const props of [{}, { size: 1 }, { thing: {} }, { thing: {}, size: undefined }, { thing: {}, note: 'x' }]) {
      expect(check(props)).toBeUndefined();
    }
  });

  test('refuses both, naming what would shape', () => {
    expect(check({ thing: {}, size: 1, note: 'x' })).toEqual({
      given: 'thing together with size', allowed: 'thing, note alone, since an existing resource keeps its shape',
    });
  });
});
