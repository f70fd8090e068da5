import * as fc from 'fast-check';
import { parseCreateLinkRequest } from '../../../blueprints/url-shortener/domain/create-link-request';
import { Problem } from '../../../runtime';

const parse = (document: unknown) => parseCreateLinkRequest(document, ['sho.rt']);

function refusalOf(document: unknown): Problem {
  try {
    parse(document);
  } catch (error) {
    expect(error).toBeInstanceOf(Problem);
    return error as Problem;
  }
  throw new Error(`${JSON.stringify(document)} is not refused`);
}

const GOOD = { url: 'https://example.com/' };

test.each([
  [GOOD, GOOD],
  [{ url: 'https://EXAMPLE.com', expiresInSeconds: 1 }, { ...GOOD, expiresInSeconds: 1 }],
  [{ ...GOOD, expiresInSeconds: 157_680_000 }, { ...GOOD, expiresInSeconds: 157_680_000 }],
])('reads %j', (document, link) => {
  expect(parse(document)).toEqual(link);
});

test.each([
  [400, null, [{ pointer: '#', detail: 'must be an object' }]],
  [400, 'https://example.com', [{ pointer: '#', detail: 'must be an object' }]],
  [400, [], [{ pointer: '#', detail: 'must be an object' }]],
  [400, [GOOD], [{ pointer: '#', detail: 'must be an object' }]],
  [400, {}, [{ pointer: '#/url', detail: 'is required' }]],
  [400, { url: 42 }, [{ pointer: '#/url', detail: 'must be a string' }]],
  [400, { url: null }, [{ pointer: '#/url', detail: 'must be a string' }]],
  [400, { ...GOOD, expiresInSeconds: 'soon' }, [{ pointer: '#/expiresInSeconds', detail: 'must be a number' }]],
  [400, { ...GOOD, expiresInSeconds: null }, [{ pointer: '#/expiresInSeconds', detail: 'must be a number' }]],
  [400, { ...GOOD, slug: 'mine' }, [{ pointer: '#/slug', detail: 'is unknown' }]],
  [400, { ...GOOD, 'a/b~c d': 1 }, [{ pointer: '#/a~1b~0c%20d', detail: 'is unknown' }]],
  [400, JSON.parse('{"url":"https://example.com/","__proto__":{"x":1}}'), [{ pointer: '#/__proto__', detail: 'is unknown' }]],
  [400, { ...GOOD, constructor: 1 }, [{ pointer: '#/constructor', detail: 'is unknown' }]],
  [422, { url: 'javascript:alert(1)' }, [{ pointer: '#/url', detail: 'must be an absolute http or https URL' }]],
  [422, { url: 'https://sho.rt/abcdefghij' }, [{ pointer: '#/url', detail: 'must not lead to this shortener' }]],
  [422, { ...GOOD, expiresInSeconds: 0 }, [{ pointer: '#/expiresInSeconds', detail: 'must be at least 1' }]],
  [422, { ...GOOD, expiresInSeconds: 157_680_001 }, [{ pointer: '#/expiresInSeconds', detail: 'must be at most 157680000 (five years)' }]],
  [422, { ...GOOD, expiresInSeconds: 1.5 }, [{ pointer: '#/expiresInSeconds', detail: 'must be a whole number' }]],
])('refuses with %i: %j', (status, document, errors) => {
  const problem = refusalOf(document);
  expect(problem.status).toBe(status);
  expect(problem.extensions).toEqual({ errors });
});

test('names everything that is wrong at once', () => {
  const problem = refusalOf({ url: 'ftp://example.com', expiresInSeconds: -1.5, slug: 'mine', note: '' });
  expect(problem.status).toBe(400);
  expect(problem.extensions.errors).toEqual([
    { pointer: '#/url', detail: 'must be an absolute http or https URL' },
    { pointer: '#/expiresInSeconds', detail: 'must be a whole number' },
    { pointer: '#/expiresInSeconds', detail: 'must be at least 1' },
    { pointer: '#/slug', detail: 'is unknown' },
    { pointer: '#/note', detail: 'is unknown' },
  ]);
});

test('whatever JSON comes in is read or refused with 400 or 422', () => {
  const alike = fc.record({ url: fc.oneof(fc.webUrl(), fc.jsonValue()), expiresInSeconds: fc.jsonValue() });
  const document = fc.oneof(fc.jsonValue(), alike);
  fc.assert(fc.property(document, (value) => {
    try {
      expect(parse(value).url).toMatch(/^https?:\/\//);
    } catch (error) {
      expect(error).toBeInstanceOf(Problem);
      expect([400, 422]).toContain((error as Problem).status);
    }
  }), { numRuns: 300, seed: 1 });
});
