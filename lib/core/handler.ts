import * as fs from 'node:fs';
import * as path from 'node:path';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { nearest } from './nearest';
import { packageRoot } from './package-root';
import { type Finding, RuleError } from './rules';
import { show } from './show';

/** Code for a function and where in it execution starts. */
export class Handler {
  /**
   * A handler that this package ships, already bundled: no bundler is needed to deploy it.
   *
   * @param name `<blueprint>/<handler>`, for example `url-shortener/redirect`
   * @throws RuleError naming the handlers that exist when there is none of that name
   */
  public static of(name: string): Handler {
    const handlers = path.join(packageRoot(), 'dist', 'handlers');
    const text = typeof name === 'string' ? name : show(name);
    const folder = path.join(handlers, text);
    if (!/^[a-z0-9-]+\/[a-z0-9-]+$/.test(text) || !fs.existsSync(path.join(folder, 'index.js'))) {
      throw new RuleError('Handler.of', [refusal(text, shipped(handlers))]);
    }
    return new Handler(Code.fromAsset(folder), 'index.handler');
  }

  /**
   * Code of your own.
   *
   * @param code for example `Code.fromAsset('dist/worker')`
   * @param entryPoint `<file>.<export>`, default `index.handler`
   * @throws RuleError when the code is something else, for example a path
   */
  public static fromCode(code: Code, entryPoint: string = 'index.handler'): Handler {
    if (!(code instanceof Code)) {
      throw new RuleError('Handler.fromCode', [{ code: 'Handler.NotCode', given: show(code), allowed: "a Code, for example Code.fromAsset('dist/worker')" }]);
    }
    return new Handler(code, entryPoint);
  }

  private constructor(
    /** The code. */
    public readonly code: Code,
    /** Where execution starts: `<file>.<export>`. */
    public readonly entryPoint: string,
  ) {}
}

function shipped(handlers: string): string[] {
  const files = fs.existsSync(handlers) ? fs.readdirSync(handlers, { recursive: true, encoding: 'utf8' }) : [];
  return files.map((file) => file.split(path.sep)).filter(([, , file]) => file === 'index.js')
    .map(([blueprint, handler]) => `${blueprint}/${handler}`).sort();
}

function refusal(name: string, names: string[]): Finding {
  if (names.length === 0) {
    return { code: 'Handler.NotBuilt', given: `'${name}' before any handler was built`, allowed: "handlers after 'npm run build:handlers'" };
  }
  const hint = nearest(name, names);
  return { code: 'Handler.Unknown', given: `'${name}'${hint ? ` (did you mean ${hint}?)` : ''}`, allowed: names.join(', ') };
}
