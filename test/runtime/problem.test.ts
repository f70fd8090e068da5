import { Problem, problemResponse } from '../../runtime';

test('says by default what its status says', () => {
  const problem = new Problem({ status: 404, detail: 'There is no such link.' });
  expect(problem).toBeInstanceOf(Error);
  expect(problem).toMatchObject({ name: 'Problem', message: 'There is no such link.', type: 'about:blank', title: 'Not Found' });
});

test('is answered as a document that is never stored', () => {
  const response = problemResponse(new Problem({
    status: 422,
    type: 'https://example.com/problems/refused',
    title: 'Refused value',
    detail: 'The request has a value that is refused.',
    extensions: { errors: [{ pointer: '#/url', detail: 'is required' }] },
    headers: { 'retry-after': '1', 'cache-control': 'max-age=60' },
  }));
  expect(response.statusCode).toBe(422);
  expect(response.headers).toEqual({
    'content-type': 'application/problem+json', 'cache-control': 'no-store', 'retry-after': '1',
  });
  expect(JSON.parse(response.body!)).toEqual({
    type: 'https://example.com/problems/refused',
    title: 'Refused value',
    status: 422,
    detail: 'The request has a value that is refused.',
    errors: [{ pointer: '#/url', detail: 'is required' }],
  });
});

test('extensions do not replace standard members', () => {
  const response = problemResponse(new Problem({ status: 400, detail: 'real', extensions: { status: 200, detail: 'forged' } }));
  expect(JSON.parse(response.body!)).toMatchObject({ status: 400, detail: 'real' });
});
