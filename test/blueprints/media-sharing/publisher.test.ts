import { createHash } from 'node:crypto';
import type { Media, MediaReady } from '../../../blueprints/media-sharing/domain/media';
import { kindOf, looksLike, MEDIA_TYPES } from '../../../blueprints/media-sharing/domain/media-kind';
import { Publisher, type PublisherOptions } from '../../../blueprints/media-sharing/domain/publisher';
import type { Upload, UploadedObject, UploadStatus } from '../../../runtime';

const NOW = new Date('2026-11-22T12:00:00Z');
const GIF = Buffer.from('GIF89a and more');
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('base64');
const UPLOAD: UploadedObject = { id: 'u1', owner: 'alice', bucket: 'files', key: 'uploads/alice/u1', size: GIF.length, contentType: 'image/gif' };

/** A publisher, and everything that it did in order. `crashesAt` ends the first attempt before that step. */
function setting({ bytes = GIF as Uint8Array, status = 'UPLOADED' as UploadStatus, crashesAt = '' } = {}) {
  const done: string[] = [];
  let row = { ...UPLOAD, status } as unknown as Upload;
  let media: Media | undefined;
  let crashes = crashesAt;
  const step = (name: string) => {
    if (crashes === name) {
      crashes = '';
      throw new Error(`crash at ${name}`);
    }
    done.push(name);
  };
  const announced: MediaReady[] = [];
  const options: PublisherOptions = {
    states: {
      find: async () => row,
      ready: async () => {
        step('ready');
        const first = row.status !== 'READY';
        row = { ...row, status: 'READY' };
        return first;
      },
      failed: async (_, reason) => {
        step(`failed: ${reason}`);
        return true;
      },
    },
    library: {
      add: async (added) => {
        step('add');
        media ??= added;
        return media;
      },
      announced: async () => {
        step('announced');
        media = { ...media!, announced: true };
      },
    },
    // In pieces, the first of which is too short to tell what it is.
    read: async () => (async function* () { yield bytes.subarray(0, 3); yield bytes.subarray(3); })(),
    copy: async (_, key) => step(`copy ${key}`),
    announce: async (told) => { step('announce'); announced.push(told); },
    now: () => NOW,
  };
  return { publisher: new Publisher(options), done, announced, media: () => media };
}

test('publishes what is what it claims to be: the copy before the row, the row before the state, the state before the news', async () => {
  const { publisher, done, announced, media } = setting();
  expect(await publisher.publish({ ...UPLOAD, sha256: sha256(GIF), name: 'cat' })).toBe('published');
  expect(done).toEqual(['copy media/u1', 'add', 'ready', 'announce', 'announced']);
  expect(media()).toEqual({
    id: 'u1', owner: 'alice', kind: 'image', contentType: 'image/gif', size: GIF.length, sha256: sha256(GIF), name: 'cat', key: 'media/u1',
    publishedAt: '2026-11-22T12:00:00.000Z', announced: true,
  });
  expect(announced).toEqual([{ id: 'u1', owner: 'alice', kind: 'image', contentType: 'image/gif' }]);
});

test('a message that comes again publishes nothing again', async () => {
  const { publisher, announced } = setting();
  await publisher.publish(UPLOAD);
  expect(await publisher.publish(UPLOAD)).toBe('published before');
  expect(announced).toHaveLength(1);
});

test.each(['copy media/u1', 'add', 'ready', 'announce', 'announced'])('a crash at %s is made good by the next attempt', async (crashesAt) => {
  const { publisher, announced, media } = setting({ crashesAt });
  await expect(publisher.publish(UPLOAD)).rejects.toThrow('crash');
  await publisher.publish(UPLOAD);
  expect(media()).toMatchObject({ announced: true });
  // Between the news and the note that it was told, it is told again: subscribers note it once.
  expect(announced).toHaveLength(crashesAt === 'announced' ? 2 : 1);
});

test.each<readonly [string, Partial<UploadedObject>, Uint8Array, string]>([
  ['bytes of another type', {}, Buffer.from('<script>alert(1)</script>'), 'failed: the bytes are not those of image/gif'],
  ['nothing', {}, Buffer.alloc(0), 'failed: the bytes are not those of image/gif'],
  ['other bytes than announced', { sha256: sha256(Buffer.from('x')) }, GIF, 'failed: the bytes are not those that were announced: their SHA-256 is another one'],
])('refuses %s', async (_, more, bytes, outcome) => {
  const { publisher, done } = setting({ bytes });
  expect(await publisher.publish({ ...UPLOAD, ...more })).toBe('refused');
  expect(done).toEqual([outcome]);
});

test.each(['PENDING', 'EXPIRED'] as const)('does nothing with what has not arrived: %s', async (status) => {
  const { publisher, done } = setting({ status });
  await expect(publisher.publish(UPLOAD)).rejects.toThrow(`upload u1 is ${status}`);
  expect(done).toEqual([]);
});

test('does nothing with what nobody has announced', async () => {
  const publisher = new Publisher({ states: { find: async () => undefined } } as unknown as PublisherOptions);
  await expect(publisher.publish(UPLOAD)).rejects.toThrow('upload u1 is unknown');
});

test.each([
  ['image/gif', '474946383761'], ['image/jpeg', 'ffd8ffe0'], ['image/png', '89504e470d0a1a0a'],
  ['image/webp', '524946461234567857454250'], ['video/mp4', '0000002066747970'],
])('%s is told by its first bytes, and no other type by them', (contentType, hex) => {
  const start = Buffer.from(hex, 'hex');
  expect(MEDIA_TYPES.filter((type) => looksLike(type, start))).toEqual([contentType]);
  expect(looksLike(contentType.toUpperCase(), start)).toBe(true);
  expect(looksLike(contentType, start.subarray(0, 2))).toBe(false);
});

test('what is no media looks like nothing', () => {
  expect(looksLike('text/html', Buffer.from('<html>'))).toBe(false);
  expect(kindOf('Video/MP4')).toBe('video');
});
