import * as fs from 'node:fs';
import * as path from 'node:path';
import { CliError } from './errors';
import { packageRoot } from '../lib/core/package-root';
import { appCommand, installed } from './package-paths';
import { runProcess } from './run-process';

/** Where and with what the CDK runs. */
export interface CdkOptions {
  /** A folder for the assembly and everything else the CDK writes. */
  readonly workspace: string;
  /** Environment of the CDK: endpoint, credentials, region. */
  readonly environment: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
  /** Called with every line of output. */
  readonly onLine?: (line: string) => void;
}

interface Template {
  readonly Resources: { readonly [logicalId: string]: { readonly Type: string } };
}

/** The CDK command line, as a user would call it, on one blueprint of this package. */
export class Cdk {
  private readonly assembly: string;

  constructor(private readonly options: CdkOptions) {
    this.assembly = path.join(options.workspace, 'cdk.out');
  }

  /** Synthesises a blueprint; resolves to the type of each of its resources, and to what the validation of its template said. */
  public async synth(blueprint: string, profile: string): Promise<{ types: readonly string[]; validation: string }> {
    const { context } = JSON.parse(fs.readFileSync(path.join(packageRoot(), 'cdk.json'), 'utf8')) as { context: object };
    const output = await runProcess('synthesis', appCommand(), {
      ...this.options,
      cwd: packageRoot(),
      env: {
        ...process.env,
        ...this.options.environment,
        CDK_OUTDIR: this.assembly,
        CDK_CONTEXT_JSON: JSON.stringify({ ...context, 'aws:cdk:enable-path-metadata': true, blueprint, profile }),
      },
    });
    const template = JSON.parse(fs.readFileSync(path.join(this.assembly, `${blueprint}.template.json`), 'utf8')) as Template;
    const validation = /^validation: (.*)$/m.exec(output)?.[1] ?? 'validation said nothing';
    return { types: Object.values(template.Resources).map(({ Type }) => Type), validation };
  }

  /** Prepares the account for deployments. */
  public bootstrap(account: string, region: string): Promise<string> {
    return this.cdk('cdk bootstrap', 'bootstrap', `aws://${account}/${region}`);
  }

  /** Deploys the synthesised blueprint. */
  public deploy(blueprint: string): Promise<string> {
    return this.cdk('cdk deploy', 'deploy', blueprint, '--app', this.assembly, '--require-approval', 'never');
  }

  /** Deletes the deployed blueprint. */
  public destroy(blueprint: string): Promise<string> {
    return this.cdk('cdk destroy', 'destroy', blueprint, '--app', this.assembly, '--force');
  }

  private cdk(what: string, ...args: string[]): Promise<string> {
    const manifest = installed('aws-cdk/package.json');
    if (!manifest) {
      throw new CliError('the CDK command line is not installed here; run: npm install --save-dev aws-cdk@2.1148.1');
    }
    return runProcess(what, [process.execPath, path.join(path.dirname(manifest), 'bin', 'cdk'), ...args, '--ci'], {
      ...this.options,
      // Not the user's folder: a cdk.json there would speak of another app.
      cwd: this.options.workspace,
      env: { ...process.env, ...this.options.environment, CI: 'true', CDK_DISABLE_CLI_TELEMETRY: 'true' },
    });
  }
}
