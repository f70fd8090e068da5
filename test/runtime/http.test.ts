import { httpHandler, json, Problem } from '../../runtime';
import { CONTEXT, httpRequest, RecordingLogger } from './fakes';

const answerTo = async (thrown: unknown) => {
  const logger = new RecordingLogger();
  const handler = httpHandler(() => Promise.reject(thrown), { logger });
  return { response: await handler(httpRequest({ requestId: 'abc-123' }), CONTEXT), logger };
};

test('an answer passes through', async () => {
  const logger = new RecordingLogger();
  const handler = httpHandler(async (request) => json(200, { id: request.requestContext.requestId }), { logger });
  await expect(handler(httpRequest({ requestId: 'abc-123' }), CONTEXT))
    .resolves.toMatchObject({ statusCode: 200, body: '{"id":"abc-123"}' });
});

test('a problem is answered as its document and not logged', async () => {
  const { response, logger } = await answerTo(new Problem({ status: 404, detail: 'There is no such link.' }));
  expect(response).toMatchObject({ statusCode: 404, headers: { 'content-type': 'application/problem+json' } });
  expect(logger.lines).toEqual([]);
});

test('a problem of the service itself is logged', async () => {
  const { response, logger } = await answerTo(new Problem({ status: 503, detail: 'busy' }));
  expect(response.statusCode).toBe(503);
  expect(logger.lines).toEqual([{
    level: 'warn', message: 'request refused', fields: { requestId: 'abc-123', status: 503, error: { name: 'Problem', message: 'busy' } },
  }]);
});

test.each([
  ['an error', new TypeError('password is hunter2')],
  ['anything else', 'password is hunter2'],
  ['nothing', undefined],
])('%s is logged and answered without a word about it', async (_, thrown) => {
  const { response, logger } = await answerTo(thrown);
  expect(response.statusCode).toBe(500);
  expect(JSON.parse(response.body!)).toEqual({
    type: 'about:blank',
    title: 'Internal Server Error',
    status: 500,
    detail: 'The request failed unexpectedly. Name request id abc-123 when you report it.',
  });
  expect(JSON.stringify(response)).not.toContain('hunter2');
  expect(logger.lines).toEqual([{ level: 'error', message: 'request failed', fields: { requestId: 'abc-123', error: expect.any(Error) } }]);
});

test('a handler that throws before it returns a promise is answered too', async () => {
  const handler = httpHandler(() => {
    throw new Problem({ status: 400, detail: 'bad' });
  }, { logger: new RecordingLogger() });
  await expect(handler(httpRequest(), CONTEXT)).resolves.toMatchObject({ statusCode: 400 });
});

test('json is not cached unless it says so', () => {
  expect(json(200, [])).toEqual({ statusCode: 200, headers: { 'content-type': 'application/json', 'cache-control': 'no-store' }, body: '[]' });
  expect(json(200, [], { 'cache-control': 'max-age=60' }).headers).toMatchObject({ 'cache-control': 'max-age=60' });
});
