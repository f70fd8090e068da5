import { BLUEPRINTS } from '../../blueprints/registry';
import { Profile } from '../../lib/core';
import { stackWith, templateOf } from '../support/stacks';

/**
 * The logical ids of everything that holds data, as each blueprint's stack has them.
 *
 * Red? Then a construct was renamed or moved, and the next deployment of whoever uses the blueprint REPLACES the resource:
 * CloudFormation creates an empty one and leaves the old one, with the data in it, behind. Undo the rename. Where it must
 * be, say in the changelog that `cdk refactor` has to run before the deployment, and change the list in the same commit.
 * A resource that is new, or gone on purpose, is added or removed here.
 */
const FROZEN: Record<string, readonly string[]> = {
  'url-shortener': [
    'UrlShortenerApiAccessLogBFFDC168',
    'UrlShortenerClicksDeadLetterQueueBA225272',
    'UrlShortenerClicksQueueFDFF0741',
    'UrlShortenerCountClickLogs512C87AD',
    'UrlShortenerCreateLinkLogsAAB9BAEE',
    'UrlShortenerIdempotencyTable73265F3C',
    'UrlShortenerLinkStatsLogs4BB8B4B2',
    'UrlShortenerLinksTable7CAE951B',
    'UrlShortenerRedirectLogsC9A0156F',
  ],
};

const STATEFUL = ['AWS::DynamoDB::GlobalTable', 'AWS::SQS::Queue', 'AWS::Logs::LogGroup'];

test.each(BLUEPRINTS.map((entry) => [entry.name, entry] as const))('the data of %s stays where it is', (name, entry) => {
  const ids = [Profile.SANDBOX, Profile.PRODUCTION].map((profile) => {
    const stack = stackWith(profile);
    entry.create(stack);
    const resources = Object.entries(templateOf(stack).Resources ?? {});
    return resources.flatMap(([id, { Type }]) => STATEFUL.includes(Type) ? [id] : []).sort();
  });
  expect(ids).toEqual([FROZEN[name], FROZEN[name]]);
});

test('no blueprint is frozen that does not exist', () => {
  expect(Object.keys(FROZEN)).toEqual(BLUEPRINTS.map(({ name }) => name));
});
