import { setInterval } from 'node:timers';
import { S3Client } from '@aws-sdk/client-s3';
import { SecretsManager } from '@aws-sdk/client-secrets-manager';
import { Cluster, Redis } from 'iovalkey';
import { cacheConnection, cacheToken, connectCache } from '../../../runtime/cache-connection';
import { within } from '../../../runtime/deadline';
import { bucketName } from '../../../runtime/environment';
import { cookieKeys, type Session, SessionCookie, sessionSettings, Sessions, ValkeySessions } from '../../../runtime/session-store';
import type { ValkeyClient } from '../../../runtime/valkey';
import { Database } from './database';
import { MediaFiles } from './media/files';
import { MediaObjects } from './media/objects';
import type { MediaStore } from './media/store';
import { MIGRATIONS } from './migrations';
import { Notes } from './notes';
import { Users } from './users';

/** What a node keeps in a session: the mark of its user's last write. */
export interface NoteSessionData {
  readonly [key: string]: unknown;
  readonly mark?: string;
}

/** The session of a user of this program. */
export type NoteSession = Session<NoteSessionData>;

/** What a node works with. */
export interface Parts {
  readonly users: Users;
  readonly notes: Notes;
  readonly media: MediaStore;
  readonly sessions: Sessions<NoteSessionData>;
  readonly cookie: SessionCookie;
  /** Which version of the program this is. */
  readonly version: string;
  /** The migrations that this node has applied. */
  readonly migrated: readonly string[];
  /** Whether everything behind it answers. */
  isWell(): Promise<boolean>;
  end(): Promise<void>;
}

const REFRESH_MILLISECONDS = 60_000;
/** Valkey answers in 1 ms. */
const PATIENCE_MILLISECONDS = 2_000;

/** Connects to all that is wired to this service, and brings the schema up to date. */
export async function connect(environment: NodeJS.ProcessEnv): Promise<Parts> {
  const s3 = new S3Client({ forcePathStyle: environment.AWS_ENDPOINT_URL !== undefined });
  const secrets = new SecretsManager({});
  const database = await Database.connect(secrets, s3.config.credentials);
  const [migrated, cache, keys, media] = await Promise.all([
    database.migrate(MIGRATIONS), connectToCache(s3, environment), cookieKeys('SESSIONS', secrets, environment), mediaStore(s3, environment),
  ]);
  return {
    users: new Users(database),
    notes: new Notes(database),
    media,
    sessions: new Sessions({ backend: new ValkeySessions({ client: impatient(cache) }), ...sessionSettings('SESSIONS', environment) }),
    cookie: new SessionCookie({ keys, secure: environment.SECURE_COOKIES === 'true' }),
    version: environment.VERSION ?? 'unknown',
    migrated,
    isWell: async () => await database.isWell() && await impatient(cache).call('PING').then(() => true, () => false),
    end: async () => {
      cache.disconnect();
      await database.end();
    },
  };
}

/** A client of a cluster that is away keeps what it is asked until it is back; a request would rather fail. */
const impatient = (client: ValkeyClient): ValkeyClient => ({
  call: (...command) => within(PATIENCE_MILLISECONDS, client.call(...command)),
});

/** In the file system that is mounted, or else in the bucket. */
async function mediaStore(s3: S3Client, environment: NodeJS.ProcessEnv): Promise<MediaStore> {
  const { MEDIA_PATH: folder } = environment;
  return folder === undefined ? new MediaObjects(s3, bucketName('MEDIA', environment)) : MediaFiles.open(folder);
}

/** Credentials of a task change while it runs. Whoever connects signs in with those of the last minute. */
async function connectToCache(s3: S3Client, environment: NodeJS.ProcessEnv) {
  const connection = cacheConnection('SESSIONS', environment);
  const { username: user, cacheName, serverless } = connection;
  const region = await s3.config.region();
  let credentials = await s3.config.credentials();
  setInterval(() => {
    s3.config.credentials().then((fresh) => {
      credentials = fresh;
    }, () => undefined);
  }, REFRESH_MILLISECONDS).unref();
  const token = () => cacheToken({ credentials, user: user!, cacheName: cacheName!, serverless, region });
  return connectCache(connection, { Cluster, Redis }, token);
}
