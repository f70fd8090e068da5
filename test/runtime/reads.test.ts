import { eventually, strongly } from '../../runtime';

test('a read says how consistent it is', () => {
  expect(strongly()).toEqual({ ConsistentRead: true });
  expect(eventually()).toEqual({ ConsistentRead: false });
  expect(eventually('byEmail')).toEqual({ ConsistentRead: false, IndexName: 'byEmail' });
});

test('an index has no strongly consistent reads', () => {
  // @ts-expect-error -- strongly() knows no index
  strongly('byEmail');
});
