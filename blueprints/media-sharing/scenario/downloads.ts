import * as assert from 'node:assert/strict';
import { createPublicKey, createVerify, generateKeyPairSync } from 'node:crypto';
import { request } from 'node:http';
import { GetSecretValueCommand, PutSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type { Step, World } from '../../scenario';
import { answer, becomes, call, type MediaView, png, sha256, upload, users } from './calls';
import { emptyBuckets } from './emptying';

/** The public half of the key in the secret. Where nobody has put one, this run does. */
async function publicKey(world: World): Promise<string> {
  const secrets = world.client(SecretsManagerClient);
  const SecretId = world.outputs.SigningKeySecret;
  const { SecretString = '' } = await secrets.send(new GetSecretValueCommand({ SecretId }));
  if (SecretString.includes('PRIVATE KEY')) {
    return createPublicKey(SecretString).export({ type: 'spki', format: 'pem' }) as string;
  }
  const pair = generateKeyPairSync('rsa', {
    modulusLength: 2048, publicKeyEncoding: { type: 'spki', format: 'pem' }, privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  await secrets.send(new PutSecretValueCommand({ SecretId, SecretString: pair.privateKey }));
  return pair.publicKey;
}

/** What CloudFront does at the edge (Developer Guide, "Creating a signed URL using a canned policy"). */
function isSigned(signed: URL, key: string): boolean {
  const { Expires, Signature = '' } = Object.fromEntries(signed.searchParams);
  const Resource = `${signed.origin}${signed.pathname}`;
  const policy = JSON.stringify({ Statement: [{ Resource, Condition: { DateLessThan: { 'AWS:EpochTime': Number(Expires) } } }] });
  const signature = Buffer.from(Signature.replaceAll('-', '+').replaceAll('_', '=').replaceAll('~', '/'), 'base64');
  return createVerify('RSA-SHA1').update(policy).verify(key, signature);
}

interface CdnAnswer {
  readonly status?: number;
  readonly body: Buffer;
  readonly type?: string;
}

/** Asks the local CloudFront, which tells distributions apart by the host that is asked for. */
async function fetchFromCdn(world: World, address: URL): Promise<CdnAnswer> {
  const endpoint = await world.client(SecretsManagerClient).config.endpoint!();
  return new Promise((resolve, reject) => {
    const asked = request({
      host: endpoint.hostname,
      port: endpoint.port,
      path: `${address.pathname}${address.search}`,
      headers: { 'host': address.host, 'x-forwarded-proto': 'https' },
      signal: world.signal,
    }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => resolve({ status: response.statusCode, body: Buffer.concat(chunks), type: response.headers['content-type'] }));
    });
    asked.on('error', reject).end();
  });
}

export const signsDownloads: Step = {
  proves: 'an owner gets a CDN address that the signing key has signed for this object and for minutes, and it leads to the same bytes',
  localOnly: true,
  run: async (world) => {
    const key = await publicKey(world);
    const { alice, bob } = await users(world);
    const bytes = png(100_000);
    const id = await upload(world, alice, bytes, 'image/png');
    await becomes(world, alice, id, 'READY');
    const media = await answer<MediaView>(world, alice, 200, 'GET', `/media/${id}`);
    const url = new URL(media.url);
    assert.equal(url.origin, world.outputs.CdnUrl, 'the address is not that of the CDN');
    assert.ok(isSigned(url, key), 'the address is not signed by the key in the secret');
    assert.ok(!isSigned(new URL(media.url.replace(id, 'another')), key), 'the signature opens another object too');
    const minutes = (Number(url.searchParams.get('Expires')) - Date.now() / 1000) / 60;
    assert.ok(minutes > 5 && minutes <= 16, `the address opens for ${minutes.toFixed(0)} minutes`);
    const { status, body, type } = await fetchFromCdn(world, url);
    assert.equal(status, 200, `the CDN answered ${status}: ${body.toString('utf8', 0, 200)}`);
    assert.equal(sha256(body), sha256(bytes), 'the CDN serves other bytes');
    assert.equal(type, 'image/png');
    assert.equal((await call(world, bob, 'GET', `/media/${id}`)).status, 404, 'somebody else gets an address');
    await emptyBuckets(world);
    return `signature of ${url.searchParams.get('Key-Pair-Id')} verified, none for another object, ${minutes.toFixed(0)} minutes; 100,000 bytes equal`;
  },
};
