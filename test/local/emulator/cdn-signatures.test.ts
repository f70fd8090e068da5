/** Repairs of CloudFront: whom a distribution lets in. */
import { getSignedCookies, getSignedUrl } from '@aws-sdk/cloudfront-signer';
import { generateKeyPairSync } from 'node:crypto';

import { deploy, type Template } from './cloudformation';
import { ALL_VIEWER_EXCEPT_HOST, ask, asked, CACHING_DISABLED, distribution, make, originAnswers } from './distributions';
import { PlainAndRepaired, type World } from './plain-and-repaired';

const pair = () => generateKeyPairSync('rsa', {
  modulusLength: 2048, publicKeyEncoding: { type: 'spki', format: 'pem' }, privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
});
const OURS = pair();
const ANOTHER = pair();
const ELLIPTIC = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ type: 'spki', format: 'pem' });

originAnswers();
const both = new PlainAndRepaired('Topic', { Resources: { Topic: { Type: 'AWS::SNS::Topic' } } });

const key = (name: string, EncodedKey: string) =>
  `<PublicKeyConfig><CallerReference>${name}</CallerReference><Name>${name}</Name><EncodedKey>${EncodedKey}</EncodedKey></PublicKeyConfig>`;
const passing = (group: unknown) =>
  ({ CachePolicyId: CACHING_DISABLED, OriginRequestPolicyId: ALL_VIEWER_EXCEPT_HOST, TrustedKeyGroups: [group] });
const signedOnly = (group: unknown): Template => ({
  Resources: { Distribution: distribution([], passing(group)) },
  Outputs: { Host: { Value: { 'Fn::GetAtt': ['Distribution', 'DomainName'] } } },
});

const soon = () => new Date(Date.now() + 3600_000).toISOString();
const past = () => new Date(Date.now() - 3600_000).toISOString();
const by = ({ privateKey }: { privateKey: string }, keyPairId: string) => ({ privateKey, keyPairId });
const custom = (Resource: string, from: number, until: number) => JSON.stringify({
  Statement: [{ Resource, Condition: { DateGreaterThan: { 'AWS:EpochTime': from }, DateLessThan: { 'AWS:EpochTime': until } } }],
});

/** A distribution whose key was made by the API, which plain ministack knows too. */
const made = new WeakMap<World, Promise<{ base: string; id: string }>>();
const prepare = async (world: World) => {
  const id = await make(world, 'public-key', key('ours', OURS.publicKey));
  const group = await make(world, 'key-group', `<KeyGroupConfig><Name>group</Name><Items><PublicKey>${id}</PublicKey></Items></KeyGroupConfig>`);
  const { Host } = await deploy(world.aws, 'Signed', signedOnly(group));
  return { base: `https://${Host}`, id };
};
const prepared = (world: World) => {
  const known = made.get(world) ?? prepare(world);
  made.set(world, known);
  return known;
};

both.test('whoever has no valid signature is refused', async (world) => {
  const { base, id } = await prepared(world);
  const url = `${base}/a%20b/1?size=2`;
  const now = Math.floor(Date.now() / 1000);
  const ours = by(OURS, id);
  const signed = getSignedUrl({ url, dateLessThan: soon(), ...ours });
  const byPolicy = (policyText: string) => getSignedUrl({ url, policy: policyText, ...ours });
  const cases = {
    none: url,
    signed,
    anotherObject: signed.replace('/1?', '/2?'),
    anotherQuery: signed.replace('size=2', 'size=3'),
    later: signed.replace(/Expires=(\d+)/, (_, time) => `Expires=${Number(time) + 1}`),
    forged: getSignedUrl({ url, dateLessThan: soon(), ...by(ANOTHER, id) }),
    unknownKey: getSignedUrl({ url, dateLessThan: soon(), ...by(OURS, 'KNONE') }),
    over: getSignedUrl({ url, dateLessThan: past(), ...ours }),
    policy: byPolicy(custom(`${base}/a*`, now - 3600, now + 3600)),
    policyOfOthers: byPolicy(custom(`${base}/b*`, now - 3600, now + 3600)),
    policyOver: byPolicy(custom(`${base}/a*`, now - 7200, now - 3600)),
    policyTooEarly: byPolicy(custom(`${base}/a*`, now + 3600, now + 7200)),
  };
  const seen = await Promise.all(Object.entries(cases).map(async ([name, address]) =>
    [name, (await ask(world, address)).status]));
  return Object.fromEntries(seen) as unknown;
}, {
  plain: Object.fromEntries([
    'none', 'signed', 'anotherObject', 'anotherQuery', 'later', 'forged', 'unknownKey', 'over', 'policy', 'policyOfOthers', 'policyOver',
    'policyTooEarly',
  ].map((name) => [name, 200])),
  repaired: {
    none: 403, signed: 200, anotherObject: 403, anotherQuery: 403, later: 403, forged: 403, unknownKey: 403, over: 403,
    policy: 200, policyOfOthers: 403, policyOver: 403, policyTooEarly: 403,
  },
});

test('a refusal says why, and the origin sees nothing of a signature', async () => {
  const { base, id } = await prepared(both.repaired);
  const { headers, body } = await ask(both.repaired, `${base}/why`);
  expect([headers['content-type'], headers['x-cache'], /<Code>(\w+)/.exec(body)?.[1]])
    .toEqual(['text/xml', 'Error from cloudfront', 'MissingKey']);
  expect(asked.has('/why')).toBe(false);
  const signed = getSignedUrl({ url: `${base}/origin?a=%20b&c=`, dateLessThan: soon(), ...by(OURS, id) });
  expect((JSON.parse((await ask(both.repaired, signed)).body) as { url: string }).url).toBe('/origin?a=%20b&c=');
});

test('cookies open it too', async () => {
  const { base, id } = await prepared(both.repaired);
  const statusBy = async (cookies: object, path: string) => {
    const cookie = Object.entries(cookies).map(([name, value]) => `${name}=${String(value)}`).join('; ');
    return (await ask(both.repaired, `${base}${path}`, 'GET', { cookie })).status;
  };
  const now = Math.floor(Date.now() / 1000);
  const cookies = getSignedCookies({ policy: custom(`${base}/members/*`, now - 3600, now + 3600), ...by(OURS, id) });
  expect(await Promise.all([statusBy(cookies, '/members/1'), statusBy(cookies, '/others/1'), statusBy({}, '/members/1')]))
    .toEqual([200, 403, 403]);
});

both.test('a template makes the keys', async (world) => {
  const { Resources, Outputs } = signedOnly({ Ref: 'Group' });
  const template = (encodedKey: string): Template => ({
    Resources: {
      ...Resources,
      Key: {
        Type: 'AWS::CloudFront::PublicKey',
        Properties: { PublicKeyConfig: { Name: 'key', CallerReference: 'key', EncodedKey: encodedKey } },
      },
      Group: { Type: 'AWS::CloudFront::KeyGroup', Properties: { KeyGroupConfig: { Name: 'keys', Items: [{ Ref: 'Key' }] } } },
    },
    Outputs: { ...Outputs, Key: { Value: { Ref: 'Key' } } },
  });
  const statuses = async ({ Host, Key }: Record<string, string>) => Promise.all([OURS, ANOTHER].map(async (keys) =>
    (await ask(world, getSignedUrl({ url: `https://${Host}/1`, dateLessThan: soon(), ...by(keys, Key!) }))).status));
  try {
    const before = await statuses(await deploy(world.aws, 'Keys', template(OURS.publicKey)));
    return [before, await statuses(await deploy(world.aws, 'Keys', template(ANOTHER.publicKey), 'Update'))];
  } catch (error) {
    return /Unrecognized resource types/.test(String(error)) ? 'refused' : error;
  }
}, { plain: 'refused', repaired: [[200, 403], [403, 200]] });

test('a key that is not understood is told, and lets everybody in', async () => {
  const { aws } = both.repaired;
  expect(await aws.recordedOnly()).not.toContain('AWS::CloudFront::PublicKey');
  const { Host } = await deploy(aws, 'Elliptic', {
    ...signedOnly({ Ref: 'Group' }),
    Resources: {
      ...signedOnly({ Ref: 'Group' }).Resources,
      Key: {
        Type: 'AWS::CloudFront::PublicKey',
        Properties: { PublicKeyConfig: { Name: 'ec', CallerReference: 'ec', EncodedKey: ELLIPTIC } },
      },
      Group: { Type: 'AWS::CloudFront::KeyGroup', Properties: { KeyGroupConfig: { Name: 'ecs', Items: [{ Ref: 'Key' }] } } },
    },
  });
  expect((await ask(both.repaired, `https://${Host}/1`)).status).toBe(200);
  expect(await aws.recordedOnly()).toContain('AWS::CloudFront::PublicKey');
});
