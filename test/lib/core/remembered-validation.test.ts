import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { App } from 'aws-cdk-lib/core';
import type {
  IPolicyValidationContext,
  IPolicyValidationPlugin,
  PolicyValidationPluginReport,
  PolicyViolation,
} from 'aws-cdk-lib/core';
import { cacheFolder } from '../../../lib/core/cache-folder';
import { RememberedValidation } from '../../../lib/core/remembered-validation';
import type { RememberedValidationOptions } from '../../../lib/core/remembered-validation';

let folder: string;
let directory: string;
let said: string[];
let environment: NodeJS.ProcessEnv;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'remembered-validation-'));
  directory = join(folder, 'memory');
  said = [];
  environment = process.env;
  process.env = { ...environment };
  // The unit layer switches validation off; here it is what is tested, with a validator that costs nothing.
  delete process.env.CDK_VALIDATION;
});

afterEach(() => {
  process.env = environment;
  rmSync(folder, { recursive: true, force: true });
});

/** Finds what the template says: `{ "warning": "Queue" }` is a warning about the resource Queue, "" is the stack itself. */
class FakeValidator implements IPolicyValidationPlugin {
  public readonly name = 'Fake';
  public readonly asked: string[][] = [];

  public validate(context: IPolicyValidationContext): PolicyValidationPluginReport {
    this.asked.push(context.templatePaths.map((path) => path.slice(folder.length + 1)));
    const violations: PolicyViolation[] = context.stackTemplates.flatMap(({ templatePath, stackConstructPath }) =>
      Object.entries(JSON.parse(readFileSync(templatePath, 'utf8')) as Record<string, string>).map(([severity, logicalId]) => ({
        ruleName: 'R1',
        description: `a ${severity}`,
        severity,
        fix: 'mend it',
        violatingResources: [{
          resourceLogicalId: logicalId || undefined,
          constructPath: logicalId ? undefined : stackConstructPath,
          locations: ['Properties.X'],
          templatePath,
        }],
      })));
    return { success: violations.every(({ severity }) => severity !== 'error'), violations };
  }
}

/** One synth, in a process of its own as far as the plugin can tell. */
function synth(
  templates: Record<string, object>,
  options: RememberedValidationOptions & { version?: string; region?: string } = {},
) {
  const { version, region, ...rest } = options;
  const stackTemplates = Object.entries(templates).map(([name, template]) => {
    const templatePath = join(folder, name);
    writeFileSync(templatePath, JSON.stringify(template));
    return { templatePath, stackConstructPath: `Stage/${name}`, accountId: undefined, region };
  });
  const validator = new FakeValidator();
  const plugin = new RememberedValidation({ directory, report: (line) => said.push(line), validator: () => validator, ...rest });
  if (version) {
    Object.assign(plugin, { version });
  }
  const appConstruct = new App({ context: rest.force === undefined ? { revalidate: process.env.REVALIDATE } : {} });
  const report = plugin.validate({ templatePaths: stackTemplates.map((s) => s.templatePath), stackTemplates, appConstruct });
  return { report, asked: validator.asked };
}

const seconds = (line: string | undefined) => line?.replace(/\d+\.\d s/, 'N s');

describe('an unchanged template', () => {
  test('is validated once', () => {
    expect(synth({ a: {} }).asked).toEqual([['a']]);
    expect(synth({ a: {} }).asked).toEqual([]);
    expect(said.map(seconds)).toEqual([
      'validation: 1 template validated in N s',
      'validation: 1 template unchanged since last validated (again: -c revalidate=true)',
    ]);
  });

  test('shows the same warnings again, in the stack it is now in', () => {
    const first = synth({ a: { warning: 'Queue', info: '' } }).report;
    const { report, asked } = synth({ b: { warning: 'Queue', info: '' } });
    expect(asked).toEqual([]);
    const moved = JSON.stringify(first).replaceAll(join(folder, 'a'), join(folder, 'b')).replaceAll('Stage/a', 'Stage/b');
    expect(JSON.stringify(report)).toBe(moved);
    expect(report).toEqual({
      success: true,
      violations: [
        {
          ruleName: 'R1',
          description: 'a warning',
          severity: 'warning',
          fix: 'mend it',
          violatingResources: [{ resourceLogicalId: 'Queue', locations: ['Properties.X'], templatePath: join(folder, 'b') }],
        },
        expect.objectContaining({
          severity: 'info',
          violatingResources: [{ constructPath: 'Stage/b', locations: ['Properties.X'], templatePath: join(folder, 'b') }],
        }),
      ],
    });
  });

  test('is reported together with others that have the same finding', () => {
    const { report } = synth({ a: { warning: 'Queue' }, b: { warning: 'Queue' }, c: { warning: 'Topic' } });
    expect(report.violations).toHaveLength(1);
    expect(report.violations[0]?.violatingResources.map((r) => [r.templatePath?.slice(folder.length + 1), r.resourceLogicalId]))
      .toEqual([['a', 'Queue'], ['b', 'Queue'], ['c', 'Topic']]);
  });

  test.each([
    ['the option', { force: true }, undefined],
    ['the context', {}, 'true'],
  ])('is validated again when %s says so', (_, options, context) => {
    synth({ a: {} });
    process.env.REVALIDATE = context;
    expect(synth({ a: {} }, options).asked).toEqual([['a']]);
    expect(seconds(said[1])).toBe('validation: 1 template validated in N s');
  });

  test('stays unchanged when the context says revalidate=false', () => {
    synth({ a: {} });
    process.env.REVALIDATE = 'false';
    expect(synth({ a: {} }).asked).toEqual([]);
  });

  test.each([['aws-cdk-lib', { version: '2.999.0' }], ['region', { region: 'eu-west-1' }]])('is validated again with another %s', (_, other) => {
    synth({ a: {} });
    expect(synth({ a: {} }, other).asked).toEqual([['a']]);
    expect(synth({ a: {} }, other).asked).toEqual([]);
  });
});

describe('a changed template', () => {
  test('is validated alone', () => {
    synth({ a: {}, b: {}, c: {} });
    const { asked, report } = synth({ a: {}, b: { warning: 'Queue' }, c: {} });
    expect(asked).toEqual([['b']]);
    expect(report.violations).toHaveLength(1);
    expect(said.map(seconds)).toEqual([
      'validation: 3 templates validated in N s',
      'validation: 1 template validated in N s, 2 templates unchanged since last validated (again: -c revalidate=true)',
    ]);
  });

  test('with errors is refused and validated every time', () => {
    synth({ good: {} });
    for (let round = 0; round < 2; round++) {
      const { report, asked } = synth({ good: {}, bad: { error: 'Queue' } });
      expect(asked).toEqual([['bad']]);
      expect(report.success).toBe(false);
      expect(report.violations).toEqual([expect.objectContaining({ severity: 'error', description: 'a error' })]);
    }
    expect(readdirSync(directory)).toHaveLength(1);
  });
});

describe('the memory', () => {
  test('is forgotten where a forced validation finds errors', () => {
    synth({ a: {} });
    const violation = { ruleName: 'R2', description: 'd', severity: 'error', violatingResources: [] };
    const validator = () => ({ name: 'Strict', validate: () => ({ success: false, violations: [violation] }) });
    expect(synth({ a: {} }, { validator, force: true }).report.success).toBe(false);
    expect(synth({ a: {} }).asked).toEqual([['a']]);
  });

  test.each([
    '', '[{', '{}', 'null', '[null]', '[{"ruleName":"R1","description":"d","violatingResources":[null]}]',
  ])('is not trusted when it says %j', (content) => {
    synth({ a: { warning: 'Queue' } });
    const [file] = readdirSync(directory);
    writeFileSync(join(directory, file ?? ''), content);
    const { asked, report } = synth({ a: { warning: 'Queue' } });
    expect(asked).toEqual([['a']]);
    expect(report.violations).toHaveLength(1);
    expect(synth({ a: { warning: 'Queue' } }).asked).toEqual([]);
  });

  test('that cannot be written is said, and costs validating every time', () => {
    writeFileSync(directory, 'a file where the folder should be');
    for (let round = 0; round < 2; round++) {
      const { asked, report } = synth({ a: {} });
      expect(asked).toEqual([['a']]);
      expect(report.success).toBe(true);
      expect(seconds(said[round]))
        .toMatch(/^validation: 1 template validated in N s, not remembered, so the next synth validates again \(EEXIST.*\)$/);
    }
  });

  test('holds one whole file a template and nothing unfinished', () => {
    synth({ a: {}, b: { warning: 'Queue' } });
    const file = expect.stringMatching(/^[0-9a-f]{64}\.json$/);
    expect(readdirSync(directory)).toEqual([file, file]);
  });

  test('lives in the user\'s cache folder, never in the working tree', () => {
    process.env.XDG_CACHE_HOME = join(folder, 'cache');
    synth({ a: {} }, { directory: undefined });
    expect(readdirSync(join(folder, 'cache', 'cdk-system-blueprints', 'validated'))).toHaveLength(1);
    for (const unusable of ['', 'relative']) {
      process.env.XDG_CACHE_HOME = unusable;
      expect(cacheFolder('validated')).toBe(join(homedir(), '.cache', 'cdk-system-blueprints', 'validated'));
    }
  });
});

test('what was switched off is said, not hidden, and not remembered', () => {
  process.env.CDK_VALIDATION = 'false';
  const { asked, report } = synth({ a: { error: 'Queue' }, b: {} });
  expect(asked).toEqual([]);
  expect(report).toEqual({ success: true, violations: [] });
  expect(said).toEqual(['validation: 2 templates NOT validated: switched off by --no-validation or CDK_VALIDATION=false']);
  expect(existsSync(directory)).toBe(false);
});

test('the line goes to stderr', () => {
  const write = jest.spyOn(process.stderr, 'write').mockReturnValue(true);
  synth({ a: {} }, { report: undefined });
  expect(write).toHaveBeenCalledWith(expect.stringMatching(/^validation: 1 template validated in .* s\n$/));
  write.mockRestore();
});

test('a validator that fails is not taken for a verdict', () => {
  const validator = () => ({ name: 'Broken', validate: () => { throw new Error('out of memory'); } });
  expect(() => synth({ a: {} }, { validator })).toThrow('out of memory');
  expect(synth({ a: {} }).asked).toEqual([['a']]);
});
