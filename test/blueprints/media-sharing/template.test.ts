import { generateKeyPairSync } from 'node:crypto';
import { MediaSharing, type MediaSharingProps } from '../../../blueprints';
import { MEDIA_SHARING } from '../../../blueprints/media-sharing/entry';
import { Profile } from '../../../lib/core';
import { uploadSettings } from '../../../runtime/presigned-upload';
import { namesOf, resourcesOf, stackWith } from '../../support/stacks';

const MIB = 1024 * 1024;

const sharing = (props: MediaSharingProps = {}, profile = Profile.SANDBOX) => {
  const stack = stackWith(profile);
  return { stack, blueprint: new MediaSharing(stack, 'Sharing', props), resources: resourcesOf(stack) };
};
const variablesOf = ({ resources }: ReturnType<typeof sharing>, service: string) =>
  (resources[`Sharing${service}Function`]!.Properties.Environment as { readonly Variables: Record<string, string> }).Variables;

const KEY = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ type: 'spki', format: 'pem' }) as string;

test('every route wants a user', () => {
  const { resources } = sharing();
  const routes = Object.values(resources).filter(({ Type }) => Type === 'AWS::ApiGatewayV2::Route')
    .map(({ Properties: { RouteKey, AuthorizationType } }) => `${String(AuthorizationType)} ${String(RouteKey)}`);
  expect(routes).toEqual([
    'JWT POST /uploads', 'JWT GET /uploads/{uploadId}', 'JWT DELETE /uploads/{uploadId}', 'JWT POST /uploads/{uploadId}/parts',
    'JWT POST /uploads/{uploadId}/complete', 'JWT GET /media', 'JWT GET /media/{mediaId}', 'JWT GET /feed',
  ]);
});

test('takes images and videos, whose originals move to cheaper storage', () => {
  const given = sharing();
  expect(uploadSettings(variablesOf(given, 'UploadsSigner'))).toMatchObject({
    contentTypes: ['image/gif', 'image/jpeg', 'image/png', 'image/webp', 'video/mp4'], maxBytes: 1024 * MIB, partBytes: 100 * MIB,
  });
  expect(given.resources.SharingUploadsObjectsBucket!.Properties.LifecycleConfiguration).toMatchObject({
    Rules: [{ Transitions: [{ StorageClass: 'STANDARD_IA', TransitionInDays: 30 }, { StorageClass: 'GLACIER', TransitionInDays: 90 }] }],
  });
});

test('hands uploads to the publisher, one at a time', () => {
  const given = sharing();
  expect(variablesOf(given, 'UploadsKeeper')).toMatchObject({ NEXT_QUEUE_URL: { Ref: 'SharingProcessingQueue' } });
  expect(given.resources.SharingProcessUploadConsumesProcessing!.Properties).toMatchObject({ BatchSize: 1 });
  expect(given.resources.SharingProcessingQueue!.Properties).toMatchObject({ VisibilityTimeout: 6 * 300 });
  expect(Object.keys(variablesOf(given, 'ProcessUpload')).sort()).toEqual([
    'MEDIA_TABLE_NAME', 'PROCESSING_QUEUE_URL', 'PROCESSING_RETRY', 'PUBLISHED_BUCKET_NAME', 'READY_TOPIC_ARN', 'UPLOADS_BUCKET_NAME',
    'UPLOADS_TABLE_NAME',
  ]);
});

test('tells everybody of everything, and moderators of videos', () => {
  const { resources } = sharing();
  const filters = Object.values(resources).filter(({ Type }) => Type === 'AWS::SNS::Subscription')
    .map(({ Properties: { FilterPolicy, RawMessageDelivery } }) => [FilterPolicy, RawMessageDelivery]);
  expect(filters).toEqual([[undefined, true], [{ kind: ['video'] }, true]]);
});

test('without a signing key there is no CDN, and the library reads the bucket', () => {
  const given = sharing();
  expect(namesOf(given.stack, 'AWS::CloudFront::Distribution')).toEqual([]);
  expect(namesOf(given.stack, 'AWS::SecretsManager::Secret')).toEqual([]);
  expect(Object.keys(variablesOf(given, 'Library')).sort()).toEqual(['FEED_TABLE_NAME', 'MEDIA_TABLE_NAME', 'PUBLISHED_BUCKET_NAME']);
  expect(given.blueprint.outputs).not.toHaveProperty('CdnUrl');
});

test('with one the CDN alone reads the bucket, and asks for signatures', () => {
  const given = sharing({ signingKey: KEY });
  expect(Object.keys(variablesOf(given, 'Library')).sort()).toEqual([
    'CDN_KEY_PAIR_ID', 'CDN_URL', 'FEED_TABLE_NAME', 'MEDIA_TABLE_NAME', 'SIGNING_KEY_SECRET_ARN',
  ]);
  expect(JSON.stringify(given.resources.SharingLibraryRoleDefaultPolicy)).not.toContain('s3:');
  const { DistributionConfig } = given.resources.SharingCdnDistribution!.Properties;
  const { DefaultCacheBehavior } = DistributionConfig as Record<string, object>;
  expect(DefaultCacheBehavior).toHaveProperty('TrustedKeyGroups');
  expect(given.blueprint.outputs).toHaveProperty('SigningKeySecret');
});

test('pages of given origins may call the API and upload', () => {
  const { resources } = sharing({ webOrigins: ['https://www.example.com'] });
  expect(resources.SharingApi!.Properties.CorsConfiguration).toMatchObject({
    AllowOrigins: ['https://www.example.com'], AllowHeaders: ['authorization', 'content-type'], AllowMethods: ['GET', 'POST', 'DELETE'],
  });
  expect(resources.SharingUploadsObjectsBucket!.Properties.CorsConfiguration).toMatchObject({
    CorsRules: [{ AllowedOrigins: ['https://www.example.com'], AllowedMethods: ['PUT'] }],
  });
});

test.each([
  [Profile.SANDBOX, 5 * MIB, ['ALLOW_USER_PASSWORD_AUTH', 'ALLOW_USER_SRP_AUTH', 'ALLOW_REFRESH_TOKEN_AUTH'], 30],
  [Profile.PRODUCTION, 100 * MIB, ['ALLOW_USER_SRP_AUTH', 'ALLOW_REFRESH_TOKEN_AUTH'], 1800],
])('the catalogue tries it small, and deploys it whole: %#', (profile, partBytes, flows, visibility) => {
  const stack = stackWith(profile);
  MEDIA_SHARING.create(stack);
  const resources = resourcesOf(stack);
  const { Environment } = resources.MediaSharingUploadsSignerFunction!.Properties;
  const { Variables } = Environment as { readonly Variables: Record<string, string> };
  expect(uploadSettings(Variables)).toMatchObject({ partBytes });
  expect(resources.MediaSharingAccountsClient!.Properties.ExplicitAuthFlows).toEqual(flows);
  expect(resources.MediaSharingProcessingQueue!.Properties.VisibilityTimeout).toBe(visibility);
  expect(Object.keys(resources).length).toBeLessThanOrEqual(profile === Profile.SANDBOX ? 90 : 130);
});
