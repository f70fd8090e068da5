import { nearest } from '../../../lib/core/nearest';

test.each([
  ['url-shortner', ['url-shortener', 'chat'], 'url-shortener'],
  ['URL-Shortener', ['url-shortener'], 'url-shortener'],
  ['sandobx', ['production', 'sandbox'], 'sandbox'],
  ['cat', ['chat', 'cart'], 'chat'],
  ['prod', ['production', 'sandbox'], undefined],
  ['', ['a', 'b'], undefined],
  ['anything', [], undefined],
])('%j among %j most likely meant %j', (given, names, meant) => {
  expect(nearest(given, names)).toBe(meant);
});
