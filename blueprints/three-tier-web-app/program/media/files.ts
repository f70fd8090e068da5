import { randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { MediaStore, Medium } from './store';

/** The name of a file tells its type, to us and to whatever else reads the folder. */
const ENDINGS: Readonly<Record<string, string>> = { 'image/png': 'png', 'image/jpeg': 'jpg', 'image/webp': 'webp' };
/** What may be part of a path: nothing that leads to another folder. */
const NAME = /^[\w-]{1,64}$/;
const ARRIVING = '.arriving';

/** Media in a folder that all nodes see: `<user>/<id>.png`. */
export class MediaFiles implements MediaStore {
  private constructor(private readonly folder: string) {}

  /** @throws Error when nothing can be written there: a node without its files must not come into service */
  public static async open(folder: string): Promise<MediaFiles> {
    await mkdir(join(folder, ARRIVING), { recursive: true });
    return new MediaFiles(folder);
  }

  public async keep(user: string, { type, bytes }: Medium): Promise<string> {
    const id = randomUUID();
    const arriving = join(this.folder, ARRIVING, id);
    const path = this.pathOf(user, id, type);
    if (path === undefined) {
      throw new Error(`${user} and ${type} name no file`);
    }
    try {
      // Whoever looks finds all of it or nothing; and what was answered for is written down.
      await writeFile(arriving, bytes, { flush: true });
      await mkdir(dirname(path), { recursive: true });
      await rename(arriving, path);
    } catch (error) {
      await rm(arriving, { force: true });
      throw error;
    }
    return id;
  }

  public async find(user: string, id: string): Promise<Medium | undefined> {
    for (const type of Object.keys(ENDINGS)) {
      const path = this.pathOf(user, id, type);
      const bytes = path === undefined ? undefined : await readFile(path).catch(unlessMissing);
      if (bytes) {
        return { type, bytes };
      }
    }
    return undefined;
  }

  public async remove(user: string, id: string): Promise<void> {
    const paths = Object.keys(ENDINGS).flatMap((type) => this.pathOf(user, id, type) ?? []);
    await Promise.all(paths.map((path) => rm(path, { force: true })));
  }

  /** Where a file is; undefined for what cannot be one. */
  private pathOf(user: string, id: string, type: string): string | undefined {
    const ending = ENDINGS[type];
    return ending !== undefined && NAME.test(user) && NAME.test(id) ? join(this.folder, user, `${id}.${ending}`) : undefined;
  }
}

function unlessMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') {
    throw error;
  }
}
