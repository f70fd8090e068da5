import { MalformedClickError, parseClick } from '../../../blueprints/url-shortener/domain/click';

const CLICK = { id: 'JKJaXmPLvHcESHA=', slug: 'abcdefghij', at: '2026-03-01T12:00:00.000Z' };

test.each([[CLICK], [{ ...CLICK, expiresAt: 1_772_366_400 }]])('reads %j', (click) => {
  expect(parseClick(JSON.stringify(click))).toEqual(click);
});

test('a field of a later version is dropped', () => {
  expect(parseClick(JSON.stringify({ ...CLICK, country: 'NO' }))).toEqual(CLICK);
});

test.each([
  ['nothing', ''],
  ['no JSON', 'click!'],
  ['null', 'null'],
  ['a list', JSON.stringify([CLICK])],
  ['no id', JSON.stringify({ ...CLICK, id: undefined })],
  ['an empty id', JSON.stringify({ ...CLICK, id: '' })],
  ['an id longer than a key may be', JSON.stringify({ ...CLICK, id: 'x'.repeat(257) })],
  ['no slug', JSON.stringify({ ...CLICK, slug: undefined })],
  ['a slug of another shape', JSON.stringify({ ...CLICK, slug: 'abc' })],
  ['a slug that is a number', JSON.stringify({ ...CLICK, slug: 1234567890 })],
  ['no time', JSON.stringify({ ...CLICK, at: undefined })],
  ['a time in words', JSON.stringify({ ...CLICK, at: 'yesterday' })],
  ['an end in words', JSON.stringify({ ...CLICK, expiresAt: 'tomorrow' })],
])('throws for %s', (_, body) => {
  expect(() => parseClick(body)).toThrow(MalformedClickError);
});
