import { writeFileSync } from 'node:fs';
import * as fs from 'node:fs/promises';
import * as os from 'node:os';
import * as path from 'node:path';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { type BlueprintEntry, blueprintNamed } from '../blueprints/registry';
import { packageRoot } from '../lib/core/package-root';
import { Containers, type DataPlaneOptions, DataPlanes, Leash, type LocalAws, startLocalAws } from '../local';
import { Cdk } from './cdk';
import { CliError } from './errors';
import { inventory, type Kind, kindsAmong } from './inventory';
import { sdkFolder } from './package-paths';
import { type Progress, since } from './progress';
import { proveClaim, runScenario, type StepResult, tally } from './run-scenario';
import { clientSettings, type Reach, worldOf } from './world';

/** How a blueprint is tried. */
export interface TryOptions {
  /** Leave it running after the scenario, until the signal aborts. */
  readonly keep: boolean;
  /** The port of the local AWS; a free one by default. */
  readonly port?: number;
}

/** What became of a blueprint that was tried. */
export interface TryReport {
  readonly resources: number;
  readonly deploySeconds: number;
  readonly results: readonly StepResult[];
  /** What the local AWS keeps without acting on it: types, and properties of types. */
  readonly recordedOnly: readonly string[];
}

/**
 * Tries a blueprint and tells how it went.
 *
 * @throws CliError when a step fails or something is left behind
 */
export async function tryBlueprint(name: string, options: TryOptions, progress: Progress, signal: AbortSignal): Promise<void> {
  const { results } = await trialOf(name, options, progress, signal);
  const failed = failures(results);
  if (failed > 0) {
    throw new CliError(`${name} does not keep its promises: ${failed} of ${results.length} steps failed\n`
      + 'with --keep it stays up, so that its logs and tables can be looked at');
  }
}

/** How many steps did not prove what they claim. */
export function failures(results: readonly StepResult[]): number {
  return results.filter(({ outcome }) => outcome === 'failed').length;
}

/**
 * Deploys a blueprint to a local AWS through the real `cdk deploy`, runs its scenario, takes it down again and looks
 * whether anything was left behind.
 */
export async function trialOf(name: string, options: TryOptions, progress: Progress, signal: AbortSignal): Promise<TryReport> {
  const entry = blueprintNamed(name);
  const start = Date.now();
  progress.line(`${entry.name}: ${entry.title}\n`);
  const workspace = await fs.mkdtemp(path.join(os.tmpdir(), 'system-blueprints-'));
  const leash = new Leash({ folder: workspace });
  const tell = (line: string) => progress.line(`    ${line}`);
  let planes: DataPlanes | undefined;
  let local: LocalAws | undefined;
  try {
    planes = await startDataPlanes(entry, progress, { signal, progress: tell });
    local = await progress.step('local AWS', () => startLocalAws({
      signal,
      port: options.port,
      nodePath: sdkFolder(),
      environment: planes?.environment,
      progress: tell,
    }), (aws) => aws.endpoint);
    return await new Trial(entry, local, planes, workspace, progress, signal).run(options.keep, start);
  } finally {
    await local?.stop();
    await planes?.stop();
    await leash.release();
    await fs.rm(workspace, { recursive: true, force: true });
  }
}

/** The real servers that a blueprint needs behind an emulator of our own; somebody else's emulator has what it has. */
async function startDataPlanes(
  { dataPlanes = [] }: BlueprintEntry, progress: Progress, options: DataPlaneOptions,
): Promise<DataPlanes | undefined> {
  return dataPlanes.length === 0 || process.env.AWS_ENDPOINT_URL
    ? undefined
    : progress.step('data planes', () => DataPlanes.start(dataPlanes, options), () => dataPlanes.join(', '));
}

/** One blueprint on one local AWS, from bootstrap to teardown. */
class Trial {
  private readonly reach: Reach;
  private readonly cdk: Cdk;
  /** Ends what still runs beside when something else has failed: a bootstrap when the synthesis did. */
  private readonly over = new AbortController();
  private deployed = false;
  /** The type of each resource in the template. */
  private types: readonly string[] = [];
  private deploySeconds = 0;
  private containers?: Containers;

  constructor(
    private readonly entry: BlueprintEntry,
    private readonly local: LocalAws,
    private readonly planes: DataPlanes | undefined,
    private readonly workspace: string,
    private readonly progress: Progress,
    private readonly signal: AbortSignal,
  ) {
    const broken = new AbortController();
    local.failed.catch((error: unknown) => broken.abort(error));
    this.reach = {
      environment: local.environment,
      urlOf: (url) => local.urlOf(url),
      killWorkers: (functionName) => local.killWorkers(functionName),
      servers: planes,
      signal: AbortSignal.any([signal, broken.signal]),
    };
    const untilOver = AbortSignal.any([this.reach.signal, this.over.signal]);
    this.cdk = new Cdk({ workspace, environment: { ...local.environment, ...this.withoutDocker() }, signal: untilOver });
  }

  public async run(keep: boolean, start: number): Promise<TryReport> {
    try {
      const results = await this.deployAndProve(keep);
      const recordedOnly = await this.summarise(results, start);
      if (keep) {
        await this.waitForTheUser();
        this.progress.line('\nstopping');
      }
      return { resources: this.types.length, deploySeconds: this.deploySeconds, results, recordedOnly };
    } catch (error) {
      // A dead emulator shows first as a failed call; its own word says more.
      this.reach.signal.throwIfAborted();
      throw error;
    } finally {
      this.over.abort();
      await this.containers?.stop();
      await this.leaveNoStackBehind();
    }
  }

  private async deployAndProve(keep: boolean): Promise<StepResult[]> {
    const { name, scenario } = this.entry;
    await Promise.all([
      this.progress.step('cdk synth', () => this.cdk.synth(name, 'sandbox'), ({ types, validation }) => {
        this.types = types;
        return `${types.length} resources, ${validation}`;
      }),
      this.progress.step('cdk bootstrap', async () => this.cdk.bootstrap(await this.account(), this.local.environment.AWS_REGION!)),
    ]);
    const kinds = kindsAmong(new Set(this.types));
    const before = await inventory(this.reach, kinds);
    this.deployed = true;
    const start = Date.now();
    await this.progress.step('cdk deploy', () => this.cdk.deploy(name));
    this.deploySeconds = (Date.now() - start) / 1000;
    this.containers = await this.startContainers();
    this.progress.line('\nscenario');
    const world = await worldOf(name, { ...this.reach, tasks: this.containers });
    const results = await runScenario(scenario(), world, !this.local.external, this.progress);
    return keep ? results : [...results, await this.destroyAndLookAround(kinds, before)];
  }

  /** No image is built: the tasks run the program that would be in it. The template stays the one that AWS gets. */
  private withoutDocker(): Record<string, string> {
    if (this.entry.program === undefined || this.local.external) {
      return {};
    }
    const docker = path.join(this.workspace, 'docker');
    writeFileSync(docker, '#!/bin/sh\nexit 0\n', { mode: 0o755 });
    return { CDK_DOCKER: docker };
  }

  private async startContainers(): Promise<Containers | undefined> {
    const { program } = this.entry;
    if (program === undefined || this.local.external) {
      return undefined;
    }
    const { NODE_EXTRA_CA_CERTS } = this.planes?.environment ?? {};
    return this.progress.step('tasks', () => Containers.start({
      endpoint: this.local.endpoint,
      environment: { ...this.local.environment, PATH: process.env.PATH ?? '', ...NODE_EXTRA_CA_CERTS !== undefined && { NODE_EXTRA_CA_CERTS } },
      program: path.join(packageRoot(), 'dist', 'programs', program, 'server.js'),
      progress: (line) => this.progress.line(`    ${line}`),
      signal: this.reach.signal,
    }));
  }

  private async destroyAndLookAround(kinds: readonly Kind[], before: readonly string[]): Promise<StepResult> {
    const beyond = async () => (await inventory(this.reach, kinds)).filter((resource) => !before.includes(resource));
    const there = await beyond();
    // Of what does not show while it is there nothing can be claimed.
    const shown = kinds.map(({ name }) => name).filter((name) => there.some((resource) => resource.startsWith(`${name} `)));
    const prove = async () => {
      await this.containers?.stop();
      await this.cdk.destroy(this.entry.name);
      this.deployed = false;
      const left = await beyond();
      if (left.length > 0) {
        throw new Error(`left behind: ${left.join(', ')}`);
      }
      return `${there.length} are gone, and the account holds what it held before: ${before.join(', ')}`;
    };
    const proves = `destroy leaves no ${shown.join(', ').replace(/, (?=[^,]*$)/, ' or ')}`;
    return proveClaim({ proves, prove }, this.reach.signal, this.progress);
  }

  /** Resolves to what was recorded only. */
  private async summarise(results: readonly StepResult[], start: number): Promise<readonly string[]> {
    const recorded = await this.local.recordedOnly();
    this.progress.line();
    this.progress.line(`proven         ${tally(results)}`);
    this.progress.line(`only on AWS    ${this.entry.onlyOnAws.join(', ')}`);
    this.progress.line(this.local.external
      ? 'recorded only  not known: only a local AWS of its own tells what it keeps without acting on it'
      : 'recorded only  the local AWS keeps these without acting on them; nothing about them is proven');
    byType(recorded).forEach((line) => this.progress.line(`               ${line}`));
    if (results.every(({ outcome }) => outcome === 'proven')) {
      this.progress.line(`\n${this.entry.name}: everything proven in ${since(start)}`);
    }
    return recorded;
  }

  private async waitForTheUser(): Promise<void> {
    const { outputs } = await worldOf(this.entry.name, this.reach);
    this.progress.line(`\n${this.entry.name} keeps running at ${this.local.urlOf(outputs.Url ?? '')}`);
    this.progress.line(`the local AWS is at ${this.local.endpoint}; Ctrl-C stops and cleans everything`);
    await Promise.race([
      this.local.failed,
      new Promise<void>((resolve) => this.signal.addEventListener('abort', () => resolve(), { once: true })),
    ]);
  }

  /** An emulator of our own goes with everything in it; somebody else's must be left as it was found. */
  private async leaveNoStackBehind(): Promise<void> {
    if (this.local.external && this.deployed) {
      const { signal } = new AbortController();
      const cdk = new Cdk({ workspace: this.workspace, environment: this.local.environment, signal });
      await this.progress.step('cdk destroy', () => cdk.destroy(this.entry.name));
    }
  }

  private async account(): Promise<string> {
    try {
      const { Account } = await new STSClient(clientSettings(this.reach) ?? {}).send(new GetCallerIdentityCommand({}));
      return Account!;
    } catch (error) {
      throw new CliError(`${this.local.endpoint} does not answer as AWS does: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
}

/** `AWS::X::Y` and `AWS::X::Y.Property`, one line for each type. */
function byType(recorded: readonly string[]): string[] {
  const properties = new Map<string, string[]>();
  for (const [type, property] of recorded.map((name) => name.split('.'))) {
    properties.set(type!, [...properties.get(type!) ?? [], ...property ? [property] : []]);
  }
  return [...properties].map(([type, names]) => `${type} ${names.join(', ')}`.trimEnd());
}
