import * as fs from 'node:fs';
import * as path from 'node:path';
import * as ts from 'typescript';

const ROOT = path.join(__dirname, '..', '..');

/** Where a name is declared. */
export interface Place {
  /** The page that describes it, from the folder of the generated pages. */
  readonly page: string;
  /** The exported classes of the same concept, by which blueprints say what they use. */
  readonly classes: readonly string[];
}

/** Every exported name of lib, every member of it, and every module of the runtime. */
export function places(): ReadonlyMap<string, Place> {
  const found = new Map<string, Place>();
  const folders = fs.readdirSync(path.join(ROOT, 'lib')).filter((name) => fs.existsSync(path.join(ROOT, 'lib', name, 'index.ts')));
  for (const folder of folders) {
    const declared = declarations(path.join(ROOT, 'lib', folder));
    const classes = declared.flatMap((node) => ts.isClassDeclaration(node) ? [node.name!.text] : []);
    const page = folder === 'core' ? '../README.md#compose' : `../lib/${folder}/README.md`;
    for (const node of declared) {
      found.set(node.name!.text, { page, classes });
      for (const { name } of node.members) {
        if (name) {
          found.set(`${node.name!.text}.${name.getText()}`, { page, classes });
        }
      }
    }
  }
  for (const file of fs.readdirSync(path.join(ROOT, 'runtime'))) {
    found.set(`runtime/${path.basename(file, '.ts')}`, { page: 'runtime.md', classes: [] });
  }
  return found;
}

type Declaration = ts.ClassDeclaration | ts.InterfaceDeclaration | ts.EnumDeclaration;

function declarations(folder: string): Declaration[] {
  const index = fs.readFileSync(path.join(folder, 'index.ts'), 'utf8');
  const isDeclaration = (node: ts.Node): node is Declaration =>
    ts.isClassDeclaration(node) || ts.isInterfaceDeclaration(node) || ts.isEnumDeclaration(node);
  return fs.readdirSync(folder).filter((file) => file.endsWith('.ts') && file !== 'index.ts')
    .map((file) => ts.createSourceFile(file, fs.readFileSync(path.join(folder, file), 'utf8'), ts.ScriptTarget.Latest, true))
    .flatMap((source) => source.statements.filter(isDeclaration))
    .filter(({ name }) => name && new RegExp(`\\b${name.text}\\b`).test(index));
}
