import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CloudFormationValidatePlugin } from 'aws-cdk-lib/core';
import type {
  AppProps,
  IPolicyValidationContext,
  IPolicyValidationPlugin,
  PolicyValidationPluginReport,
  PolicyValidationStack,
  PolicyViolation,
} from 'aws-cdk-lib/core';
import { version as cdkVersion } from 'aws-cdk-lib/package.json';
import { cacheFolder } from './cache-folder';

/** Raised when the files of the memory change shape: files of another shape are then never looked at. */
const MEMORY_FORMAT = 1;

/** How templates are validated and where the verdicts are kept. */
export interface RememberedValidationOptions {
  /**
   * Folder of the remembered verdicts, one small file a template. Deleting it only costs time.
   * @default - `$XDG_CACHE_HOME/cdk-system-blueprints/validated`, `~/.cache` where that is not set
   */
  readonly directory?: string;
  /**
   * Validate every template, remembered or not.
   * @default - only when the context says `revalidate` (`cdk synth -c revalidate=true`)
   */
  readonly force?: boolean;
  /**
   * Takes the one line that says what was validated and what was not.
   * @default - written to stderr
   */
  readonly report?: (line: string) => void;
  /**
   * Makes what validates the templates that are not remembered. Every finding must name its resource and template path.
   * @default - the CDK's own CloudFormationValidatePlugin
   */
  readonly validator?: () => IPolicyValidationPlugin;
}

/**
 * The CDK's built-in template validation, run once for every distinct template instead of at every synth.
 *
 * Starting its engine takes seconds, and the same template always gets the same verdict. Templates that passed are remembered by
 * their content, their warnings with them; one with errors is validated, and refused, every time. Like the built-in run it sees
 * every stack of every stage, but not nested stacks: their templates are assets, which the CDK shows no validator.
 *
 * ```ts
 * const app = new App(RememberedValidation.APP_PROPS);
 * Validations.of(app).addPlugins(new RememberedValidation());
 * ```
 */
export class RememberedValidation implements IPolicyValidationPlugin {
  /** What the app must be created with: no second run by the CDK itself, and errors that fail the synth. */
  public static readonly APP_PROPS: AppProps = {
    builtinCloudFormationValidation: false,
    context: { '@aws-cdk/core:validateAgainstDefaultRules': true },
  };

  /** The built-in plugin's name: reports read the same, and what is acknowledged for one is acknowledged for the other. */
  public readonly name = 'CloudFormation Validate';
  /** The engine and its rules come inside aws-cdk-lib, so this version names them too, without loading them. */
  public readonly version: string = cdkVersion;
  private readonly directory: string;
  private validator?: IPolicyValidationPlugin;

  constructor(private readonly options: RememberedValidationOptions = {}) {
    this.directory = options.directory ?? cacheFolder('validated');
  }

  /** Validates the templates whose content has not passed before, and answers for all of them. */
  public validate(context: IPolicyValidationContext): PolicyValidationPluginReport {
    const off = whySwitchedOff();
    if (off) {
      this.say(`${templates(context.templatePaths.length)} NOT validated: ${off}`);
      return { success: true, violations: [] };
    }
    const force = this.options.force ?? isSet(context.appConstruct.node.tryGetContext('revalidate'));
    const stacks = context.stackTemplates.map((stack) => ({ stack, key: this.keyOf(stack) }));
    const verdicts = new Map(stacks.map(({ key }) => [key, force ? undefined : this.recall(key)]));
    const fresh = stacks.filter(({ key }) => !verdicts.get(key));

    let success = true;
    const told: string[] = [];
    if (fresh.length > 0) {
      const started = performance.now();
      const report = this.runValidator(context, fresh.map(({ stack }) => stack));
      told.push(`${templates(fresh.length)} validated in ${((performance.now() - started) / 1000).toFixed(1)} s`);
      fresh.forEach(({ key, stack }) => verdicts.set(key, verdictOn(stack, report.violations)));
      success = report.success;
    }
    if (fresh.length < stacks.length) {
      told.push(`${templates(stacks.length - fresh.length)} unchanged since last validated (again: -c revalidate=true)`);
    }
    // With an error among them none is remembered: starting the engine again is the cost, not the number of templates.
    told.push(...this.remember(fresh.map(({ key }) => [key, success ? verdicts.get(key) : undefined])));
    this.say(told.join(', '));
    return { success, violations: grouped(stacks.flatMap(({ key, stack }) => located(stack, verdicts.get(key) ?? []))) };
  }

  /** Everything the engine is given, and what the engine is. */
  private keyOf({ templatePath, accountId, region }: PolicyValidationStack): string {
    const engine = JSON.stringify([MEMORY_FORMAT, this.version, accountId, region]);
    return createHash('sha256').update(engine).update(readFileSync(templatePath)).digest('hex');
  }

  private recall(key: string): PolicyViolation[] | undefined {
    try {
      const verdict: unknown = JSON.parse(readFileSync(this.fileOf(key), 'utf8'));
      return isVerdict(verdict) ? verdict : undefined;
    } catch {
      // Absent, unreadable or cut short: all the same, validate again.
      return undefined;
    }
  }

  /** Keeps verdicts, forgets where there is none, says why when it cannot; the synth itself is none the worse. */
  private remember(verdicts: (readonly [key: string, verdict: PolicyViolation[] | undefined])[]): string[] {
    try {
      mkdirSync(this.directory, { recursive: true });
      for (const [key, verdict] of verdicts) {
        const file = this.fileOf(key);
        if (verdict) {
          // Another synth may read or write the same file at this moment: it sees all of it or nothing.
          writeFileSync(`${file}.${process.pid}`, JSON.stringify(verdict));
          renameSync(`${file}.${process.pid}`, file);
        } else {
          // A forced validation may contradict what was remembered; it has the last word.
          rmSync(file, { force: true });
        }
      }
      return [];
    } catch (error) {
      return [`not remembered, so the next synth validates again (${(error as Error).message})`];
    }
  }

  private fileOf(key: string): string {
    return join(this.directory, `${key}.json`);
  }

  private runValidator(context: IPolicyValidationContext, stackTemplates: PolicyValidationStack[]): PolicyValidationPluginReport {
    this.validator ??= this.options.validator?.() ?? new CloudFormationValidatePlugin();
    const { appConstruct, accountId, region } = context;
    const templatePaths = stackTemplates.map(({ templatePath }) => templatePath);
    return this.validator.validate({ appConstruct, accountId, region, stackTemplates, templatePaths });
  }

  private say(outcome: string): void {
    const report = this.options.report ?? ((line: string) => process.stderr.write(`${line}\n`));
    report(`validation: ${outcome}`);
  }
}

function whySwitchedOff(): string | undefined {
  if (process.env.CDK_VALIDATION === 'false') {
    return 'switched off by --no-validation or CDK_VALIDATION=false';
  }
  // Typed as always there, but aws-cdk-lib brings the engine since 2.262 only.
  return CloudFormationValidatePlugin ? undefined : `aws-cdk-lib ${cdkVersion} cannot, 2.262 or later can`;
}

/** What the validator found in one template, without the paths: stacks with the same content share it. */
function verdictOn({ templatePath }: PolicyValidationStack, violations: PolicyViolation[]): PolicyViolation[] {
  return violations
    .map((violation) => ({
      ...violation,
      violatingResources: violation.violatingResources
        .filter((resource) => resource.templatePath === templatePath)
        .map(({ resourceLogicalId, locations }) => ({ resourceLogicalId, locations })),
    }))
    .filter(({ violatingResources }) => violatingResources.length > 0);
}

/** The same findings in the template of this stack; the CDK turns logical ids into construct paths. */
function located({ templatePath, stackConstructPath }: PolicyValidationStack, verdict: PolicyViolation[]): PolicyViolation[] {
  return verdict.map((violation) => ({
    ...violation,
    violatingResources: violation.violatingResources.map((resource) => ({
      ...resource,
      templatePath,
      constructPath: resource.resourceLogicalId === undefined ? stackConstructPath : undefined,
    })),
  }));
}

/** One entry for what several templates have in common, as the built-in plugin reports it. */
function grouped(violations: PolicyViolation[]): PolicyViolation[] {
  const groups = new Map<string, PolicyViolation>();
  for (const violation of violations) {
    const same = JSON.stringify([violation.ruleName, violation.severity, violation.description]);
    const resources = [...groups.get(same)?.violatingResources ?? [], ...violation.violatingResources];
    groups.set(same, { ...violation, violatingResources: resources });
  }
  return [...groups.values()];
}

function isVerdict(value: unknown): value is PolicyViolation[] {
  return Array.isArray(value) && value.every((item: Partial<PolicyViolation> | null) =>
    typeof item?.ruleName === 'string' && typeof item.description === 'string'
    && Array.isArray(item.violatingResources) && item.violatingResources.every((resource) => Array.isArray(resource?.locations)));
}

function isSet(context: unknown): boolean {
  return context !== undefined && context !== false && context !== 'false';
}

function templates(count: number): string {
  return `${count} ${count === 1 ? 'template' : 'templates'}`;
}
