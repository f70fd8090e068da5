import { targetUrl } from '../../../blueprints/url-shortener/domain/target-url';

const OWN = ['sho.rt', 'api.example.net'];

test.each([
  ['https://example.com', 'https://example.com/'],
  ['http://example.com:8080/a?b=c#d', 'http://example.com:8080/a?b=c#d'],
  ['HTTPS://EXAMPLE.com/Path', 'https://example.com/Path'],
  ['https://example.com:443/', 'https://example.com/'],
  ['https://bücher.example/straße', 'https://xn--bcher-kva.example/stra%C3%9Fe'],
  ['https://例え.テスト/', 'https://xn--r8jz45g.xn--zckzah/'],
  ['https://192.0.2.1/x', 'https://192.0.2.1/x'],
  ['https://[2001:db8::1]/x', 'https://[2001:db8::1]/x'],
  ['https://example.com/a/../b', 'https://example.com/b'],
  ['https://example.com/%20x', 'https://example.com/%20x'],
  ['https://example.com/?q=user@host', 'https://example.com/?q=user@host'],
  ['https://notsho.rt/', 'https://notsho.rt/'],
  ['https://sub.sho.rt/', 'https://sub.sho.rt/'],
])('%s leads to %s', (given, href) => {
  expect(targetUrl(given, OWN)).toEqual({ href });
});

const ABSOLUTE = 'must be an absolute http or https URL';
const HOST = 'must be a valid URL with a host';
const CREDENTIALS = 'must not contain credentials';
const WHITE_SPACE = 'must not contain white space or control characters';
const LOOP = 'must not lead to this shortener';

test.each([
  ['', ABSOLUTE],
  ['example.com', ABSOLUTE],
  ['/path', ABSOLUTE],
  ['//example.com', ABSOLUTE],
  ['javascript:alert(1)', ABSOLUTE],
  ['JavaScript:alert(1)', ABSOLUTE],
  ['data:text/html,x', ABSOLUTE],
  ['file:///etc/passwd', ABSOLUTE],
  ['ftp://example.com/', ABSOLUTE],
  ['httpx://example.com/', ABSOLUTE],
  ['blob:https://example.com/x', ABSOLUTE],
  ['mailto:me@example.com', ABSOLUTE],
  ['https:', HOST],
  ['https://', HOST],
  ['https:///path', HOST],
  ['https:example.com', HOST],
  ['https:/example.com', HOST],
  ['https:\\\\example.com', HOST],
  ['https://?q', HOST],
  ['https://#f', HOST],
  ['https://:80/', HOST],
  ['https://exa<mple.com/', HOST],
  ['https://example.com:99999/', HOST],
  ['https://300.0.0.1/', HOST],
  ['https://user@example.com/', CREDENTIALS],
  ['https://user:secret@example.com/', CREDENTIALS],
  ['https://:secret@example.com/', CREDENTIALS],
  ['https://example.com%40evil.example@evil.example/', CREDENTIALS],
  [' https://example.com/', WHITE_SPACE],
  ['https://example.com/ ', WHITE_SPACE],
  ['https://example.com/a b', WHITE_SPACE],
  ['https://example.com/\r\nset-cookie: a=b', WHITE_SPACE],
  ['https://exam\nple.com/', WHITE_SPACE],
  ['java\tscript:alert(1)', WHITE_SPACE],
  ['https://example.com/\u0000', WHITE_SPACE],
  ['https://example.com/\u007f', WHITE_SPACE],
  ['https://example.com/\u00a0', WHITE_SPACE],
  ['https://example.com/\u2028', WHITE_SPACE],
  ['https://example.com/\ud800', WHITE_SPACE],
  ['https://sho.rt/abcdefghij', LOOP],
  ['http://SHO.rt:8080/', LOOP],
  ['https://sho.rt./', LOOP],
  ['https://api.example.net', LOOP],
])('%j is refused: %s', (given, refusal) => {
  expect(targetUrl(given, OWN)).toEqual({ refusal });
});

test('2048 characters are the most', () => {
  const url = (length: number) => 'https://example.com/'.padEnd(length, 'a');
  expect(targetUrl(url(2048))).toEqual({ href: url(2048) });
  expect(targetUrl(url(2049))).toEqual({ refusal: 'must have at most 2048 characters' });
});

test('and they are once percent-encoded', () => {
  expect(targetUrl(`https://example.com/${'€'.repeat(225)}`)).toHaveProperty('href', expect.stringMatching(/^https:\/\/example\.com\/(%E2%82%AC)+$/));
  expect(targetUrl(`https://example.com/${'€'.repeat(226)}`)).toEqual({ refusal: 'must have at most 2048 characters once percent-encoded' });
});
