import { BLUEPRINTS, blueprintNamed } from '../../blueprints/registry';
import { built } from '../../cli/built';
import { boxesOf } from '../../cli/diagram';
import { explanation } from '../../cli/explain';

test('it says where each concept is, what was given up for what, and how sizes follow', () => {
  const text = explanation(blueprintNamed('url-shortener')).join('\n');
  expect(text).toContain('Clicks       WorkQueue, at url-shortener/UrlShortener/Clicks\n               2 AWS::SQS::Queue, 2 AWS::SQS::QueuePolicy');
  expect(text).toContain('delivery     clicks are delivered at least once and counted exactly once');
  expect(text).toContain('sizes, for 100 requests/s, peak x5, 1 KiB an item, 99 % reads, p99 200 ms');
  expect(text).toContain('UrlShortener/Clicks maxDepth = 450000 messages: 500 messages/s x 15 minutes -> 450000');
  expect(text).toMatch(/\n35 resources under sandbox; services: API Gateway, Lambda/);
});

test.each(BLUEPRINTS.map((entry) => [entry.name, entry] as const))('%s is explained part by part', (_, entry) => {
  const lines = explanation(entry);
  const { blueprint } = built(entry);
  for (const { construct } of boxesOf(blueprint)) {
    if (construct) {
      expect(lines.filter((line) => line.endsWith(`, at ${construct.node.path}`))).toHaveLength(1);
    }
  }
  for (const choice of [...Object.values(entry.tradeOffs), ...entry.provenLocally, ...entry.onlyOnAws]) {
    expect(lines.some((line) => line.endsWith(choice))).toBe(true);
  }
});
