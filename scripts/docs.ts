// Writes whatever the sources know better than a page: `npm run docs` writes, `test/docs` fails when a page is not current.
import * as fs from 'node:fs';
import * as path from 'node:path';
import { BLUEPRINTS } from '../blueprints/registry';
import { flowchartOf } from '../cli/diagram';
import { svgOf } from '../cli/picture/svg';
import { blueprintsPage, conceptsPage, withPicture } from './pages/catalogue';
import { conceptFolders, conceptPage } from './pages/reference';

const ROOT = path.join(__dirname, '..');
const PICTURES = path.join(ROOT, 'docs', 'pictures');

/** Every page that is written whole or in part, by its path, as it has to be. */
export function currentPages(): ReadonlyMap<string, string> {
  const blueprintPage = (name: string) => path.join(ROOT, 'blueprints', name, 'README.md');
  return new Map([
    ...conceptFolders().map((folder) => [path.join(folder, 'README.md'), conceptPage(folder)] as const),
    ...BLUEPRINTS.map(({ name }) => [blueprintPage(name), withPicture(fs.readFileSync(blueprintPage(name), 'utf8'), name)] as const),
    [path.join(ROOT, 'docs', 'concepts.md'), conceptsPage()],
    [path.join(ROOT, 'docs', 'blueprints.md'), blueprintsPage()],
  ]);
}

/** Every picture, by its path, as it has to be. */
export async function currentPictures(): Promise<ReadonlyMap<string, string>> {
  const pictures = BLUEPRINTS.map(async (entry) => [path.join(PICTURES, `${entry.name}.svg`), await svgOf(flowchartOf(entry))] as const);
  return new Map(await Promise.all(pictures));
}

async function write(): Promise<void> {
  const pages = currentPages();
  fs.rmSync(PICTURES, { recursive: true, force: true });
  fs.mkdirSync(PICTURES, { recursive: true });
  for (const [file, text] of [...pages, ...await currentPictures()]) {
    fs.writeFileSync(file, text);
  }
}

/** Jest reads no modules of the other kind, of which the package that draws is one: this says which pictures are not current. */
async function checkPictures(): Promise<void> {
  const stale = [...await currentPictures()].filter(([file, svg]) => !fs.existsSync(file) || fs.readFileSync(file, 'utf8') !== svg);
  process.stdout.write(JSON.stringify(stale.map(([file]) => path.relative(ROOT, file))));
}

if (require.main === module) {
  void (process.argv.includes('--check-pictures') ? checkPictures() : write());
}
