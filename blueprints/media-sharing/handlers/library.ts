import { getSignedUrl as signForCdn } from '@aws-sdk/cloudfront-signer';
import { GetObjectCommand } from '@aws-sdk/client-s3';
import { SecretsManager } from '@aws-sdk/client-secrets-manager';
import { getSignedUrl as signForBucket } from '@aws-sdk/s3-request-presigner';
import {
  bucketName, httpHandler, type HttpHandler, json, lazily, Problem, secretArn, SecretReader, type StructuredLogger, subjectOf,
  tableName,
} from '../../../runtime';
import { Feed } from '../domain/feed';
import type { Media } from '../domain/media';
import { MediaLibrary } from '../domain/media-library';
import { documentClient, s3Client } from './support/clients';
import { logger } from './support/logger';

/** How long a download may begin, in seconds. */
const URL_SECONDS = 15 * 60;

interface LibraryDependencies {
  readonly library: Pick<MediaLibrary, 'find' | 'latest'>;
  readonly feed: Pick<Feed, 'of'>;
  /** An address that opens a published copy until then. */
  readonly sign: (key: string, until: Date) => Promise<string>;
  readonly logger: StructuredLogger;
  readonly now?: () => Date;
}

/** `GET /media`, `GET /media/{mediaId}` and `GET /feed`: what a user shares, and what happened to it. */
export function libraryHandler({ library, feed, sign, now = () => new Date(), ...rest }: LibraryDependencies): HttpHandler {
  return httpHandler(async (request) => {
    const owner = subjectOf(request);
    if (owner === undefined) {
      throw new Problem({ status: 401, detail: 'Sign in first.' });
    }
    if (request.routeKey.endsWith('/feed')) {
      return json(200, { entries: await feed.of(owner) });
    }
    const id = request.pathParameters?.mediaId;
    if (id === undefined) {
      return json(200, { media: (await library.latest(owner)).map(viewOf) });
    }
    const media = await library.find(owner, id);
    if (!media) {
      throw new Problem({ status: 404, detail: 'There is no such media.' });
    }
    const until = new Date(now().getTime() + URL_SECONDS * 1000);
    return json(200, { ...viewOf(media), url: await sign(media.key, until), urlExpiresAt: until.toISOString() });
  }, rest);
}

const viewOf = ({ id, kind, contentType, size, sha256, name, publishedAt }: Media) =>
  ({ id, kind, contentType, size, sha256, name, publishedAt });

/** Signs for the Cdn with the private key in the secret. */
function cdnSigner(url: string): LibraryDependencies['sign'] {
  const keyPairId = process.env.CDN_KEY_PAIR_ID!;
  const reader = new SecretReader({ secrets: new SecretsManager({}), secretArn: secretArn('SIGNING_KEY') });
  return async (key, until) => {
    const privateKey = await reader.text();
    if (!privateKey.includes('PRIVATE KEY')) {
      throw new Problem({ status: 503, detail: 'Downloads are not set up yet: no signing key was put into its secret.' });
    }
    return signForCdn({ url: `${url}/${key}`, keyPairId, privateKey, dateLessThan: until.toISOString() });
  };
}

/** Signs for the bucket, where there is no Cdn. */
function bucketSigner(): LibraryDependencies['sign'] {
  const s3 = s3Client();
  return (Key) => signForBucket(s3, new GetObjectCommand({ Bucket: bucketName('PUBLISHED'), Key }), { expiresIn: URL_SECONDS });
}

export const handler = lazily(() => libraryHandler({
  library: new MediaLibrary(documentClient(), tableName('MEDIA')),
  feed: new Feed(documentClient(), tableName('FEED')),
  sign: process.env.CDN_URL ? cdnSigner(process.env.CDN_URL) : bucketSigner(),
  logger,
}));
