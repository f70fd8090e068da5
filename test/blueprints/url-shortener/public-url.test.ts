import { publicUrl } from '../../../blueprints/url-shortener/domain/public-url';

const API = { domainName: 'abc.execute-api.example', stage: '$default' };

test.each([
  [API, undefined, 'https://abc.execute-api.example/', ['abc.execute-api.example']],
  [{ ...API, stage: 'dev' }, undefined, 'https://abc.execute-api.example/dev/', ['abc.execute-api.example']],
  [{ ...API, domainName: 'localhost:4566' }, '', 'https://localhost:4566/', ['localhost']],
  [{ ...API, scheme: 'https', port: '443' }, undefined, 'https://abc.execute-api.example/', ['abc.execute-api.example']],
  [{ ...API, scheme: 'http', port: '4566' }, undefined, 'http://abc.execute-api.example:4566/', ['abc.execute-api.example']],
  [{ ...API, scheme: 'http', port: '80', stage: 'dev' }, undefined, 'http://abc.execute-api.example/dev/', ['abc.execute-api.example']],
  [{ ...API, stage: 'dev' }, 'https://sho.rt', 'https://sho.rt/', ['sho.rt', 'abc.execute-api.example']],
  [{ ...API, domainName: 'localhost' }, 'http://127.0.0.1:8080/s/', 'http://127.0.0.1:8080/s/', ['127.0.0.1', 'localhost']],
])('called under %j, public as %j: %s', (called, override, base, hosts) => {
  expect(publicUrl(called, override)).toEqual({ base, hosts });
});

test.each([
  [{ scheme: 'javascript' }],
  [{ scheme: 'https, http' }],
  [{ scheme: '' }],
  [{ scheme: 'https://evil.example/?' }],
  [{ port: '' }],
  [{ port: '99999' }],
  [{ port: '@evil.example' }],
])('a forged header changes nothing: %j', (forged) => {
  expect(publicUrl({ ...API, ...forged }).base).toBe('https://abc.execute-api.example/');
});
