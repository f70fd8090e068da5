import { localApiUrl } from '../../local/api-url';

const endpoint = 'http://127.0.0.1:4566';

test.each([
  ['https://a1b2.execute-api.us-east-1.amazonaws.com/', `${endpoint}/_aws/execute-api/a1b2/`],
  ['https://a1b2.execute-api.us-east-1.amazonaws.com', `${endpoint}/_aws/execute-api/a1b2`],
  ['http://a1b2.execute-api.127.0.0.1:4566/x/y?z=1', `${endpoint}/_aws/execute-api/a1b2/x/y?z=1`],
  ['https://d1b2.cloudfront.net', `${endpoint}/_cdn/d1b2`],
  ['https://d1b2.cloudfront.net/a%2Fb/c?d=%20e&f', `${endpoint}/_cdn/d1b2/a%2Fb/c?d=%20e&f`],
  ['https://d1b2.cloudfront.net.example.com/', 'https://d1b2.cloudfront.net.example.com/'],
  ['https://example.com/x', 'https://example.com/x'],
])('%s', (apiUrl, local) => {
  expect(localApiUrl(endpoint, apiUrl)).toBe(local);
});
