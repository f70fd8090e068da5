import { readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';

const LIB = resolve(__dirname, '../../lib');

/** The concepts of the library: every folder of lib/ but the core. */
export const CONCEPTS: readonly string[] = readdirSync(LIB, { withFileTypes: true })
  .flatMap((entry) => entry.isDirectory() && entry.name !== 'core' ? [entry.name] : []).sort();

/** The names of the TypeScript files in a folder, without their ending, sorted. */
export function filesIn(folder: string, except: readonly string[] = []): string[] {
  return readdirSync(folder).filter((file) => file.endsWith('.ts')).map((file) => file.slice(0, -'.ts'.length))
    .filter((name) => !except.includes(name)).sort();
}

/**
 * One export of every file in a folder, so that adding a file is all it takes to be tested. `CONCEPT=work-queue` in the
 * environment narrows it to the files of that name (several: with commas), and nothing else is loaded.
 */
export function collect<Export>(folder: string, name: string, except: readonly string[] = []): Export[] {
  const files = filesIn(folder, except);
  const wanted = process.env.CONCEPT?.split(',') ?? files;
  const missing = wanted.filter((file) => !files.includes(file));
  if (missing.length > 0) {
    throw new Error(`there is no ${missing.join(', ')} in ${folder}, only ${files.join(', ')}`);
  }
  return wanted.map((file) => {
    // eslint-disable-next-line @typescript-eslint/no-require-imports -- which files there are is known only now
    const found = (require(join(folder, file)) as Record<string, Export | undefined>)[name];
    if (found === undefined) {
      throw new Error(`${join(folder, file)} does not export ${name}`);
    }
    return found;
  });
}
