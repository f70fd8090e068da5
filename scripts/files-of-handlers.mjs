// The files that a handler serves: what lies in blueprints/<name>/handlers/<handler>/ of a <handler>.ts is put beside its
// index.js.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

export function filesOfHandlers(root, outdir) {
  return readdirSync(path.join(root, 'blueprints'), { withFileTypes: true }).filter((entry) => entry.isDirectory()).flatMap(({ name }) => {
    const handlers = path.join(root, 'blueprints', name, 'handlers');
    return readdirIfThere(handlers).filter((entry) => entry.isDirectory() && existsSync(path.join(handlers, `${entry.name}.ts`)))
      .flatMap((handler) => readdirSync(path.join(handlers, handler.name)).map((file) => ({
        path: path.join(outdir, name, handler.name, file),
        contents: readFileSync(path.join(handlers, handler.name, file)),
      })));
  });
}

const readdirIfThere = (folder) => existsSync(folder) ? readdirSync(folder, { withFileTypes: true }) : [];
