// The reference part of every concept page, from the TSDoc of its sources, so that a page cannot lie about names, defaults and
// rules.
import * as fs from 'node:fs';
import * as path from 'node:path';
import * as ts from 'typescript';

const BEGIN = '<!-- reference: written by npm run docs -->';
const END = '<!-- end of reference -->';
const LIB = path.join(__dirname, '..', '..', 'lib');

/** The folders of lib that have a page. */
export function conceptFolders(): string[] {
  return fs.readdirSync(LIB).map((name) => path.join(LIB, name)).filter((folder) => fs.existsSync(path.join(folder, 'README.md')));
}

/** A page with its reference part as the sources say it. */
export function conceptPage(folder: string): string {
  const page = fs.readFileSync(path.join(folder, 'README.md'), 'utf8');
  const [before, rest] = page.split(BEGIN);
  const after = rest?.split(END)[1];
  if (before === undefined || after === undefined) {
    throw new Error(`${folder}/README.md has no reference part: put '${BEGIN}' and '${END}' into it`);
  }
  return `${before}${BEGIN}\n${reference(folder)}\n${END}${after}`;
}

function reference(folder: string): string {
  const sources = fs.readdirSync(folder).filter((file) => file.endsWith('.ts') && file !== 'index.ts').sort()
    .map((file) => ts.createSourceFile(file, fs.readFileSync(path.join(folder, file), 'utf8'), ts.ScriptTarget.Latest, true));
  const index = fs.readFileSync(path.join(folder, 'index.ts'), 'utf8');
  const declarations = sources.flatMap((source) => [...source.statements]).filter(exported)
    .filter((node) => ts.isClassDeclaration(node) || ts.isInterfaceDeclaration(node))
    .filter(({ name }) => new RegExp(`\\b${name?.text}\\b`).test(index));
  const classes = declarations.filter(ts.isClassDeclaration);
  const interfaces = declarations.filter(ts.isInterfaceDeclaration);
  const codes = sources.flatMap((source) => [...source.text.matchAll(/(?<!metricName: |ErrorEquals: \[)'([A-Z]\w+\.[A-Z]\w+)'/g)]
    .map(([, code]) => code!));
  return [...interfaces.map(optionsTable), ...classes.map(fieldsTable), rulesList([...new Set(codes)])].join('\n\n');
}

function optionsTable(node: ts.InterfaceDeclaration): string {
  const rows = node.members.filter(ts.isPropertySignature).map((member) => {
    const fallback = tag(member, 'default')?.replace(/^- /, '') ?? 'required';
    return `| \`${member.name.getText()}\` | \`${escape(member.type!.getText())}\` | ${escape(describe(member))} | ${escape(fallback)} |`;
  });
  return [`### ${node.name.text}`, '', describe(node), '', '| prop | type | meaning | default |', '| --- | --- | --- | --- |', ...rows].join('\n');
}

function fieldsTable(node: ts.ClassDeclaration): string {
  const visible = node.members.filter((member) => describe(member) && isPublic(member));
  const rows = visible.map((member) => {
    if (ts.isMethodDeclaration(member)) {
      const parameters = member.parameters.map((parameter) => parameter.name.getText()).join(', ');
      return `| \`${member.name.getText()}(${parameters})\` | ${escape(describe(member))} |`;
    }
    return ts.isPropertyDeclaration(member) || ts.isGetAccessor(member) ? `| \`${member.name.getText()}\` | ${escape(describe(member))} |` : '';
  }).filter(Boolean);
  return [`### ${node.name!.text}`, '', describe(node), '', '| member | meaning |', '| --- | --- |', ...rows].join('\n');
}

function rulesList(codes: string[]): string {
  return ['### Refused at synthesis', '', codes.map((code) => `\`${code}\``).join(', ')].join('\n');
}

function exported(node: ts.Node): boolean {
  return ts.canHaveModifiers(node) && (ts.getModifiers(node) ?? []).some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword);
}

function isPublic(member: ts.ClassElement): boolean {
  const modifiers = ts.canHaveModifiers(member) ? ts.getModifiers(member) ?? [] : [];
  return modifiers.some(({ kind }) => kind === ts.SyntaxKind.PublicKeyword);
}

function describe(node: ts.Node): string {
  const comment = ts.getJSDocCommentsAndTags(node).find(ts.isJSDoc)?.comment;
  return (ts.getTextOfJSDocComment(comment) ?? '').replace(/\s*\n\s*/g, ' ').trim();
}

function tag(node: ts.Node, name: string): string | undefined {
  const found = ts.getJSDocTags(node).find(({ tagName }) => tagName.text === name);
  return found && (ts.getTextOfJSDocComment(found.comment) ?? '').replace(/\s*\n\s*/g, ' ').trim();
}

const escape = (text: string) => text.replace(/\|/g, '\\|').replace(/\s+/g, ' ');
