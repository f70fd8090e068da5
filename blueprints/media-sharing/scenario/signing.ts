import * as assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { CloudFormationClient, GetTemplateCommand, UpdateStackCommand, waitUntilStackUpdateComplete } from '@aws-sdk/client-cloudformation';
import { DeleteObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { GetSecretValueCommand, PutSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type { World } from '../../scenario';

const PATIENCE_SECONDS = 180;

/** The key in the secret. Where nobody has put one, this run makes a pair, and deploys its public half. */
export async function signingKey(world: World): Promise<string> {
  const secrets = world.client(SecretsManagerClient);
  const SecretId = world.outputs.SigningKeySecret;
  const { SecretString = '' } = await secrets.send(new GetSecretValueCommand({ SecretId }));
  if (SecretString.includes('PRIVATE KEY')) {
    return SecretString;
  }
  const { publicKey, privateKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048, publicKeyEncoding: { type: 'spki', format: 'pem' }, privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  await secrets.send(new PutSecretValueCommand({ SecretId, SecretString: privateKey }));
  await deployPublicKey(world, 'media-sharing', publicKey);
  return privateKey;
}

interface Resource {
  readonly Type: string;
  readonly Properties: { readonly PublicKeyConfig: { EncodedKey: string } };
}

/** What `cdk deploy -c media-sharing:signingKey=...` does: a key of another name takes the place of the one in the template. */
async function deployPublicKey(world: World, StackName: string, publicKey: string): Promise<void> {
  const cloudFormation = world.client(CloudFormationClient);
  const { TemplateBody = '' } = await cloudFormation.send(new GetTemplateCommand({ StackName }));
  const template = JSON.parse(TemplateBody) as { readonly Resources: Readonly<Record<string, Resource>> };
  const [id, key] = Object.entries(template.Resources).find(([, { Type }]) => Type === 'AWS::CloudFront::PublicKey') ?? [];
  assert.ok(id && key, 'the stack has no public key');
  key.Properties.PublicKeyConfig.EncodedKey = publicKey;

  // A request has room for templates up to 51,200 bytes; this one is larger.
  const s3 = world.client(S3Client);
  const object = { Bucket: world.outputs.PublishedBucket, Key: 'template.json' };
  await s3.send(new PutObjectCommand({ ...object, Body: JSON.stringify(template).replaceAll(id, `${id}OfThisRun`) }));
  await cloudFormation.send(new UpdateStackCommand({
    StackName,
    TemplateURL: `https://s3.amazonaws.com/${object.Bucket}/${object.Key}`,
    Capabilities: ['CAPABILITY_NAMED_IAM', 'CAPABILITY_AUTO_EXPAND'],
  }));
  await waitUntilStackUpdateComplete(
    { client: cloudFormation, minDelay: 1, maxDelay: 2, maxWaitTime: PATIENCE_SECONDS, abortSignal: world.signal }, { StackName },
  );
  await s3.send(new DeleteObjectCommand(object));
}
