import { header, Problem, readJson } from '../../runtime';
import { httpRequest } from './fakes';

const JSON_HEADERS = { 'content-type': 'application/json' };
const base64 = (...bytes: number[]) => ({ headers: JSON_HEADERS, body: Buffer.from(bytes).toString('base64'), isBase64Encoded: true });

const read = (parts: Parameters<typeof httpRequest>[0], maxBytes = 32) => readJson(httpRequest(parts), { maxBytes });

const statusOf = (run: () => unknown): number => {
  try {
    run();
  } catch (error) {
    expect(error).toBeInstanceOf(Problem);
    return (error as Problem).status;
  }
  return 200;
};

test.each([
  ['an object', { headers: JSON_HEADERS, body: '{"a":[1]}' }, { a: [1] }],
  ['null', { headers: JSON_HEADERS, body: 'null' }, null],
  ['white space around', { headers: JSON_HEADERS, body: ' \n"x"\t' }, 'x'],
  ['a charset', { headers: { 'content-type': 'application/json; charset=utf-8' }, body: '1' }, 1],
  ['a quoted charset in capitals', { headers: { 'content-type': 'Application/JSON;charset="UTF-8"' }, body: '1' }, 1],
  ['a header name in capitals', { headers: { 'Content-Type': 'application/json' }, body: '1' }, 1],
  ['base64', { headers: JSON_HEADERS, body: Buffer.from('{"ü":"€"}').toString('base64'), isBase64Encoded: true }, { ü: '€' }],
  ['exactly the limit', { headers: JSON_HEADERS, body: `"${'x'.repeat(30)}"` }, 'x'.repeat(30)],
])('reads %s', (_, parts, value) => {
  expect(read(parts)).toEqual(value);
});

test.each([
  [415, 'no content type', { headers: {}, body: '{}' }],
  [415, 'text', { headers: { 'content-type': 'text/plain' }, body: '{}' }],
  [415, 'a form', { headers: { 'content-type': 'application/x-www-form-urlencoded' }, body: 'url=x' }],
  [415, 'another JSON type', { headers: { 'content-type': 'application/merge-patch+json' }, body: '{}' }],
  [415, 'a type that only begins alike', { headers: { 'content-type': 'application/jsonp' }, body: '{}' }],
  [415, 'JSON in a parameter only', { headers: { 'content-type': 'text/html; x=application/json' }, body: '{}' }],
  [415, 'another charset', { headers: { 'content-type': 'application/json; charset=iso-8859-1' }, body: '{}' }],
  [415, 'an empty content type', { headers: { 'content-type': '' }, body: '{}' }],
  [400, 'no body', { headers: JSON_HEADERS }],
  [400, 'an empty body', { headers: JSON_HEADERS, body: '' }],
  [400, 'an empty base64 body', { headers: JSON_HEADERS, body: '', isBase64Encoded: true }],
  [400, 'white space only', { headers: JSON_HEADERS, body: '   ' }],
  [400, 'a truncated document', { headers: JSON_HEADERS, body: '{"url":"https://' }],
  [400, 'two documents', { headers: JSON_HEADERS, body: '{}{}' }],
  [400, 'single quotes', { headers: JSON_HEADERS, body: "{'url':1}" }],
  [400, 'a trailing comma', { headers: JSON_HEADERS, body: '{"a":1,}' }],
  [400, 'NaN', { headers: JSON_HEADERS, body: 'NaN' }],
  [400, 'a lone continuation byte', base64(0x22, 0x80, 0x22)],
  [400, 'an overlong encoding', base64(0x22, 0xc0, 0xaf, 0x22)],
  [400, 'a surrogate in UTF-8', base64(0x22, 0xed, 0xa0, 0x80, 0x22)],
  [400, 'UTF-16', base64(0xff, 0xfe, 0x7b, 0x00, 0x7d, 0x00)],
  [400, 'base64 that is not said to be', { headers: JSON_HEADERS, body: Buffer.from('{}').toString('base64') }],
  [413, 'one byte too many', { headers: JSON_HEADERS, body: `"${'x'.repeat(31)}"` }],
  [413, 'few characters of many bytes', { headers: JSON_HEADERS, body: `"${'€'.repeat(11)}"` }],
  [413, 'too much base64', { headers: JSON_HEADERS, body: Buffer.alloc(33, '1').toString('base64'), isBase64Encoded: true }],
])('refuses with %i: %s', (status, _, parts) => {
  expect(statusOf(() => read(parts))).toBe(status);
});

test('a problem names the limit and never echoes the body', () => {
  expect(() => read({ headers: JSON_HEADERS, body: `"${'x'.repeat(31)}"` })).toThrow('The body may have at most 32 bytes.');
  expect(() => read({ headers: JSON_HEADERS, body: '<script>' })).toThrow(/^The body is not a JSON document in UTF-8\.$/);
});

test('a header is found whatever its case', () => {
  const request = httpRequest({ headers: { 'Idempotency-Key': 'k' } });
  expect(header(request, 'idempotency-key')).toBe('k');
  expect(header(request, 'x-other')).toBeUndefined();
});
