import { Stack } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { Access, environmentName, reads, writes } from '../../../lib/core/wiring';

test.each([
  ['Links', undefined, 'LINKS_TABLE_NAME'],
  ['OrderBook', undefined, 'ORDER_BOOK_TABLE_NAME'],
  ['order-book', undefined, 'ORDER_BOOK_TABLE_NAME'],
  ['V2Links', undefined, 'V2_LINKS_TABLE_NAME'],
  ['HTTPCache', undefined, 'HTTPCACHE_TABLE_NAME'],
  ['a.b c', undefined, 'A_B_C_TABLE_NAME'],
  ['Links', 'shortLinks', 'SHORT_LINKS_TABLE_NAME'],
])('the setting TABLE_NAME of %s under the name %s is in %s', (id, name, variable) => {
  expect(environmentName(new Construct(new Stack(), id), 'TABLE_NAME', { name })).toBe(variable);
});

test('reading and writing are told apart', () => {
  expect(Object.values(Access).map((access) => [access, reads(access), writes(access)])).toEqual([
    ['read', true, false], ['write', false, true], ['read-write', true, true],
  ]);
});
