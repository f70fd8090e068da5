import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';

import type { TaskDefinition } from './container-service';

/**
 * The file systems that tasks mount, as folders of this machine: one for all that see the same files. A process has no mounts
 * of its own, so it is told the folder in each variable that would hold the path of the mount. That a mount is read-only is
 * not enforced.
 */
export class ContainerFiles {
  /** What is mounted, in the order of its folders. */
  private readonly known: string[] = [];

  /** @param folder where the folders are made */
  constructor(private readonly folder: string) {}

  /** The variables of a task, with folders in the place of the paths of its mounts. */
  public async environmentOf({ environment, mounts }: TaskDefinition): Promise<Record<string, string>> {
    const folders = new Map(mounts.map(({ path, files }) => [path, this.folderOf(files)]));
    await Promise.all([...folders.values()].map((folder) => mkdir(folder, { recursive: true })));
    return Object.fromEntries(Object.entries(environment).map(([name, value]) => [name, folders.get(value) ?? value]));
  }

  private folderOf(files: string): string {
    if (!this.known.includes(files)) {
      this.known.push(files);
    }
    return join(this.folder, `files-${this.known.indexOf(files) + 1}`);
  }
}
