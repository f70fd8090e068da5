import * as fs from 'node:fs';
import * as path from 'node:path';

const PACKAGE_NAME = 'cdk-system-blueprints';

/**
 * The folder of this package, found from the sources (`lib/core`) and from the published build (`dist/lib/core`) alike.
 *
 * @throws Error when no folder above this file is the package, which means that its files were copied out of it.
 */
export function packageRoot(from: string = __dirname): string {
  for (let folder = from; ; folder = path.dirname(folder)) {
    const manifest = path.join(folder, 'package.json');
    if (fs.existsSync(manifest) && JSON.parse(fs.readFileSync(manifest, 'utf8')).name === PACKAGE_NAME) {
      return folder;
    }
    if (folder === path.dirname(folder)) {
      throw new Error(`no folder above ${from} holds the package.json of ${PACKAGE_NAME}`);
    }
  }
}
