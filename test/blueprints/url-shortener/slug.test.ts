import { isSlug, newSlug } from '../../../blueprints/url-shortener/domain/slug';

test('a slug has ten characters of base 62', () => {
  for (let i = 0; i < 1000; i++) {
    expect(newSlug()).toMatch(/^[0-9A-Za-z]{10}$/);
  }
});

test('every character is as likely, at every place', () => {
  const slugs = Array.from({ length: 20_000 }, () => newSlug());
  expect(new Set(slugs).size).toBe(slugs.length);
  for (let place = 0; place < 10; place++) {
    const counts = new Map<string, number>();
    for (const slug of slugs) {
      counts.set(slug.charAt(place), (counts.get(slug.charAt(place)) ?? 0) + 1);
    }
    expect(counts.size).toBe(62);
    // 323 are expected, with a standard deviation of 18: seven of them either way is never reached by chance.
    for (const count of counts.values()) {
      expect(Math.abs(count - 20_000 / 62)).toBeLessThan(7 * 18);
    }
  }
});

test('the whole alphabet is reached through the random source', () => {
  let next = 0;
  const slugs = Array.from({ length: 7 }, () => newSlug((max) => next++ % max)).join('');
  expect(new Set(slugs).size).toBe(62);
});

test.each(['abcdefghij', 'ABCDEFGHIJ', '0123456789', newSlug()])('%s is a slug', (text) => {
  expect(isSlug(text)).toBe(true);
});

test.each([undefined, '', 'abcdefghi', 'abcdefghijk', 'abcde-ghij', 'abcde ghij', 'abcdefghi\n', 'abcdefghij\n', 'äbcdefghij', '../../etc/'])(
  '%j is no slug', (text) => {
    expect(isSlug(text)).toBe(false);
  },
);
