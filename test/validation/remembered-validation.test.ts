import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CfnFunction } from 'aws-cdk-lib/aws-lambda';
import type { CfnQueue } from 'aws-cdk-lib/aws-sqs';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { App, CloudFormationValidatePlugin, NestedStack, Stack, Stage, Validations } from 'aws-cdk-lib/core';
import { RememberedValidation } from '../../lib/core/remembered-validation';

const directory = mkdtempSync(join(tmpdir(), 'remembered-validation-'));
// One engine for all tests of the file: it takes seconds to start.
const validator = new CloudFormationValidatePlugin();
let said: string[];
let shown: string;

beforeEach(() => {
  said = [];
  shown = '';
  jest.spyOn(console, 'error').mockImplementation((text: string) => {
    shown += text;
  });
});
afterEach(() => jest.restoreAllMocks());
afterAll(() => rmSync(directory, { recursive: true, force: true }));

function synth(build: (app: App) => void): void {
  const app = new App(RememberedValidation.APP_PROPS);
  Validations.of(app).addPlugins(new RememberedValidation({
    directory,
    report: (line) => said.push(line.replace(/\d+\.\d s/, 'N s')),
    validator: () => validator,
  }));
  build(app);
  app.synth();
}

const tooLong = (scope: Stack) => {
  const queue = new Queue(scope, 'Jobs').node.defaultChild as CfnQueue;
  queue.addPropertyOverride('VisibilityTimeout', 999999);
};

const oldRuntime = (scope: Stack) => new CfnFunction(scope, 'Old', {
  runtime: 'nodejs20.x',
  handler: 'index.handler',
  role: 'arn:aws:iam::123456789012:role/any',
  code: { zipFile: 'exports.handler = async () => {};' },
});

test('a valid template is validated once, then remembered', () => {
  const valid = (app: App) => {
    new Queue(new Stack(app, 'Valid'), 'Jobs');
  };
  synth(valid);
  synth(valid);
  expect(said).toEqual([
    'validation: 1 template validated in N s',
    'validation: 1 template unchanged since last validated (again: -c revalidate=true)',
  ]);
  expect(shown).toBe('');
});

test('an invalid template is refused every time, with an error that names the construct', () => {
  for (let round = 0; round < 2; round++) {
    expect(() => synth((app) => tooLong(new Stack(app, 'Invalid'))))
      .toThrow(/ERROR VisibilityTimeout: 999999 is greater than the maximum of 43200[^]*Invalid\/Jobs/);
    expect(said[round]).toBe('validation: 1 template validated in N s');
  }
});

test('an invalid template in a stage is named by its path, also when its neighbours are remembered', () => {
  const build = (invalid: boolean) => (app: App) => {
    for (const id of ['Dev', 'Prod']) {
      const stage = new Stage(app, id);
      new Queue(new Stack(stage, 'Store'), 'Jobs');
      const orders = new Stack(stage, 'Orders');
      if (invalid && id === 'Prod') {
        tooLong(orders);
      } else {
        new Queue(orders, 'Jobs');
      }
    }
  };
  synth(build(false));
  expect(() => synth(build(true))).toThrow(/^(?![^]*Dev\/)[^]*999999[^]*Prod\/Orders\/Jobs/);
  expect(said[1]).toMatch(/^validation: 1 template validated in N s, 3 templates unchanged/);
});

test('warnings are shown each time and fail nothing', () => {
  const build = (app: App) => {
    oldRuntime(new Stack(app, 'Warned'));
  };
  synth(build);
  const first = shown;
  shown = '';
  synth(build);
  expect(said[1]).toMatch(/^validation: 1 template unchanged/);
  expect(first).toContain('Warned/Old');
  expect(first).toContain('W2531');
  const withoutFolder = (text: string) => text.replace(/cdk\.out\w+/g, 'cdk.out');
  expect(withoutFolder(shown)).toBe(withoutFolder(first));
});

test('an acknowledged finding stays silent, validated or remembered', () => {
  const build = (app: App) => {
    const stack = new Stack(app, 'Acknowledged');
    Validations.of(oldRuntime(stack)).acknowledge({ id: 'CloudFormation-Validate::W2531', reason: 'kept for a test' });
  };
  synth(build);
  synth(build);
  expect(said[1]).toMatch(/^validation: 1 template unchanged/);
  expect(shown).not.toContain('W2531');
});

test('nested stacks are not validated, just as the CDK itself does not', () => {
  synth((app) => tooLong(new NestedStack(new Stack(app, 'Parent'), 'Nested')));
  expect(said).toEqual(['validation: 1 template validated in N s']);
});
