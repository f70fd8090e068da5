import { table } from '../../cli/try-all';

test('columns are as wide as they must be, and numbers stand under each other', () => {
  expect(table([['blueprint', 'steps'], ['url-shortener', '9'], ['x', '12']])).toEqual([
    'blueprint      steps',
    'url-shortener      9',
    'x                 12',
  ]);
});
