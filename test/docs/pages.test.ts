import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import * as ts from 'typescript';
import { Profile } from '../../lib';
import { currentPages } from '../../scripts/docs';
import { danglingEvidence, danglingPlaces } from '../../scripts/pages/catalogue';
import { marksIn } from '../../scripts/pages/marks';
import { conceptFolders } from '../../scripts/pages/reference';
import { CONSTRUCTS, stackOf } from '../support/cases';

const ROOT = path.join(__dirname, '..', '..');
const pages = [
  'README.md', 'CONTRIBUTING.md', 'docs/runtime.md', 'docs/concepts.md', 'docs/blueprints.md', ...walk('lib'), ...walk('blueprints'), ...walk('examples'),
];

function walk(folder: string): string[] {
  return fs.readdirSync(path.join(ROOT, folder), { recursive: true }).map(String)
    .filter((file) => file.endsWith('README.md')).map((file) => path.join(folder, file));
}

describe('concept pages', () => {
  it('exist for every folder of lib but core', () => {
    const concepts = fs.readdirSync(path.join(ROOT, 'lib'), { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && entry.name !== 'core').map(({ name }) => name);
    expect(conceptFolders().map((folder) => path.basename(folder)).sort()).toEqual(concepts.sort());
  });
});

describe('pages that are written by npm run docs', () => {
  const current = currentPages();

  it.each([...current.keys()].map((file) => [path.relative(ROOT, file), file]))('%s is current: run npm run docs when this fails', (_, file) => {
    expect(fs.readFileSync(file, 'utf8')).toBe(current.get(file));
  });

  it('the pictures are current: run npm run docs when this fails', () => {
    const said = execFileSync(process.execPath, ['--import', 'tsx', 'scripts/docs.ts', '--check-pictures'], { cwd: ROOT, encoding: 'utf8' });
    expect(JSON.parse(said)).toEqual([]);
  }, 60_000);

  it('every concept of the notes lives where the page says', () => {
    expect(danglingPlaces()).toEqual([]);
  });

  it('what shows that a concept is used is something that a blueprint or a concept can have', () => {
    const marks = CONSTRUCTS.flatMap((one) => marksIn(stackOf(one, Profile.PRODUCTION)));
    expect(danglingEvidence(new Set(marks))).toEqual([]);
  }, 120_000);
});

describe('examples', () => {
  const examples = pages.flatMap((page) => [...fs.readFileSync(path.join(ROOT, page), 'utf8').matchAll(/```ts\n([\s\S]*?)```/g)]
    .map(([, code], index) => ({ name: `${page.replace(/[^\w]+/g, '-')}-${index}.ts`, code: code! })));

  it('are there', () => {
    expect(examples.length).toBeGreaterThanOrEqual(5);
  });

  it('compile as a user would compile them', () => {
    const options: ts.CompilerOptions = {
      ...ts.parseJsonConfigFileContent(ts.readConfigFile(path.join(ROOT, 'tsconfig.json'), ts.sys.readFile).config, ts.sys, ROOT).options,
      noUnusedLocals: false,
      paths: {
        'cdk-system-blueprints': [path.join(ROOT, 'lib/index.ts')],
        'cdk-system-blueprints/*': [path.join(ROOT, '*/index.ts')],
      },
    };
    const host = ts.createCompilerHost(options);
    const sources = new Map(examples.map(({ name, code }) => [path.join(ROOT, 'test', 'docs', name), `${code}\nexport {};\n`]));
    const { getSourceFile, fileExists, readFile } = host;
    host.fileExists = (file) => sources.has(file) || fileExists(file);
    host.readFile = (file) => sources.get(file) ?? readFile(file);
    host.getSourceFile = (file, target, ...rest) => sources.has(file)
      ? ts.createSourceFile(file, sources.get(file)!, target)
      : getSourceFile(file, target, ...rest);
    const program = ts.createProgram([...sources.keys()], options, host);
    const complaints = [...sources.keys()].flatMap((file) => ts.getPreEmitDiagnostics(program, program.getSourceFile(file)))
      .map(({ file, messageText }) => `${path.basename(file?.fileName ?? '')}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`);
    expect(complaints).toEqual([]);
  }, 120_000);
});

describe('links between pages', () => {
  it.each(pages)('%s links to files that exist', (page) => {
    const targets = [...fs.readFileSync(path.join(ROOT, page), 'utf8').matchAll(/\]\((?!https?:|#)([^)#]+)/g)].map(([, target]) => target!);
    const missing = targets.filter((target) => !fs.existsSync(path.join(ROOT, path.dirname(page), target)));
    expect(missing).toEqual([]);
  });
});
