import { randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DeleteObjectCommand, type GetObjectCommand, NoSuchKey, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { MediaFiles } from '../../../blueprints/three-tier-web-app/program/media/files';
import { MediaObjects } from '../../../blueprints/three-tier-web-app/program/media/objects';
import { MEDIA_BYTES, MEDIA_TYPES, type MediaStore } from '../../../blueprints/three-tier-web-app/program/media/store';

/** A bucket that is a map. */
function fakeBucket(): Pick<S3Client, 'send'> {
  const objects = new Map<string, { ContentType: string; bytes: Uint8Array }>();
  const send = async (command: unknown) => {
    if (command instanceof PutObjectCommand) {
      const { Key, ContentType, Body } = command.input;
      objects.set(Key!, { ContentType: ContentType!, bytes: Uint8Array.from(Body as Uint8Array) });
      return {};
    }
    if (command instanceof DeleteObjectCommand) {
      objects.delete(command.input.Key!);
      return {};
    }
    const found = objects.get((command as GetObjectCommand).input.Key!);
    if (!found) {
      throw new NoSuchKey({ message: 'none', $metadata: {} });
    }
    return { ContentType: found.ContentType, Body: { transformToByteArray: async () => found.bytes } };
  };
  return { send } as unknown as Pick<S3Client, 'send'>;
}

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'media-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const STORES: readonly [string, () => Promise<MediaStore>][] = [
  ['a bucket', async () => new MediaObjects(fakeBucket(), 'media')],
  ['shared files', async () => MediaFiles.open(folder)],
];

describe.each(STORES)('media in %s', (_what, open) => {
  test.each(MEDIA_TYPES)('%s comes back as it was', async (type) => {
    const media = await open();
    const bytes = randomBytes(1_000);
    const id = await media.keep('7', { type, bytes });
    const found = await media.find('7', id);
    expect(found?.type).toBe(type);
    expect(Buffer.from(found!.bytes).equals(bytes)).toBe(true);
  });

  test('the same file twice is two files, the empty one too', async () => {
    const media = await open();
    const empty = { type: 'image/png', bytes: new Uint8Array() };
    const ids = [await media.keep('7', empty), await media.keep('7', empty)];
    expect(ids[0]).not.toBe(ids[1]);
    await media.remove('7', ids[0]!);
    expect((await media.find('7', ids[1]!))?.bytes).toHaveLength(0);
  });

  test('nobody finds or removes what is another user\'s', async () => {
    const media = await open();
    const id = await media.keep('7', { type: 'image/png', bytes: randomBytes(10) });
    await media.remove('8', id);
    expect(await media.find('8', id)).toBeUndefined();
    expect(await media.find('7', id)).toBeDefined();
  });

  test('what was removed is gone, and may be removed again', async () => {
    const media = await open();
    const id = await media.keep('7', { type: 'image/webp', bytes: randomBytes(10) });
    await media.remove('7', id);
    await media.remove('7', id);
    expect(await media.find('7', id)).toBeUndefined();
  });

  test('no id leads to the files of somebody else', async () => {
    const media = await open();
    const id = await media.keep('7', { type: 'image/png', bytes: randomBytes(10) });
    for (const path of [`../7/${id}`, `./../7/${id}`, `${id}/../${id}`, '..', '.', '']) {
      expect(await media.find('8', path)).toBeUndefined();
      await media.remove('8', path);
    }
    expect(await media.find('7', id)).toBeDefined();
  });
});

describe('shared files', () => {
  test('every node sees what another one has kept', async () => {
    const [one, other] = [await MediaFiles.open(folder), await MediaFiles.open(folder)];
    const id = await one.keep('7', { type: 'image/jpeg', bytes: randomBytes(10) });
    expect(await other.find('7', id)).toMatchObject({ type: 'image/jpeg' });
    expect(readdirSync(join(folder, '7'))).toEqual([`${id}.jpg`]);
  });

  test('a file is there as a whole or not at all, at every moment in which somebody looks', async () => {
    const media = await MediaFiles.open(folder);
    const sizes = new Set<number>();
    let over = false;
    const looking = (async () => {
      for (let last = false; !last;) {
        last = over;
        for (const name of readdirSync(folder).includes('7') ? readdirSync(join(folder, '7')) : []) {
          sizes.add((await media.find('7', name.split('.')[0]!))!.bytes.length);
        }
        await new Promise(setImmediate);
      }
    })();
    for (let n = 0; n < 10; n += 1) {
      await media.keep('7', { type: 'image/png', bytes: Buffer.alloc(MEDIA_BYTES) });
    }
    over = true;
    await looking;
    expect([...sizes]).toEqual([MEDIA_BYTES]);
    expect(readdirSync(join(folder, '.arriving'))).toEqual([]);
  });

  test('what cannot be written leaves nothing behind', async () => {
    const media = await MediaFiles.open(folder);
    writeFileSync(join(folder, '7'), 'in the way of a folder');
    await expect(media.keep('7', { type: 'image/png', bytes: randomBytes(10) })).rejects.toThrow('EEXIST');
    await expect(media.keep('../7', { type: 'image/png', bytes: randomBytes(10) })).rejects.toThrow('name no file');
    await expect(media.keep('8', { type: 'text/html', bytes: randomBytes(10) })).rejects.toThrow('name no file');
    expect(readdirSync(folder, { recursive: true }).sort()).toEqual(['.arriving', '7']);
  });

  test('a node without its files does not start', async () => {
    const missing = join(folder, 'file');
    writeFileSync(missing, 'no folder');
    await expect(MediaFiles.open(missing)).rejects.toThrow('ENOTDIR');
  });
});
