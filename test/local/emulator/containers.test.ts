/** Tasks of a deployed ContainerService as processes behind the emulator's load balancer. */
import { App, BootstraplessSynthesizer, CfnOutput, Duration, Stack } from 'aws-cdk-lib';
import { Template as Synthesised } from 'aws-cdk-lib/assertions';
import { Repository } from 'aws-cdk-lib/aws-ecr';
import { ContainerImage } from 'aws-cdk-lib/aws-ecs';
import type { ApplicationLoadBalancer } from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { Access, ContainerService, LoadBalancer, Network, Profile, Scheme, SecretStore, SharedFileSystem } from '../../../lib';
import type { LocalAws } from '../../../local';
import { Containers } from '../../../local/containers';
import { start, stopAll } from '../start';
import { deploy, type Template } from './cloudformation';

/** Answers after a moment with what it is, and ends what it has begun before it ends itself. */
const PROGRAM = `
const { createServer } = require('node:http');
const { mkdirSync, readdirSync, writeFileSync } = require('node:fs');
const { VERSION, COLOUR, TOKEN, PORT, FILES_PATH, ALONE, SILENT } = process.env;
if (ALONE) {
  try { mkdirSync(ALONE); } catch { console.error('somebody else is there'); process.exit(1); }
  writeFileSync(ALONE + '/pid', String(process.pid));
}
const server = createServer((request, response) => {
  if (request.url === '/health') return response.end('well');
  if (request.url === '/keep') return response.end(String(writeFileSync(FILES_PATH + '/' + PORT, 'kept')));
  if (request.url === '/kept') return response.end(readdirSync(FILES_PATH).sort().join());
  setTimeout(() => response.end(JSON.stringify({ VERSION, COLOUR, TOKEN, PORT, FILES_PATH })), 100);
});
if (SILENT) setInterval(() => undefined, 1000);
else server.listen(Number(PORT), '127.0.0.1');
process.on('SIGTERM', () => server.close(() => process.exit(0)));
`;

function template(): Template {
  const app = new App({ analyticsReporting: false });
  Profile.set(app, Profile.SANDBOX);
  const stack = new Stack(app, 'Stack', { synthesizer: new BootstraplessSynthesizer() });
  const network = new Network(stack, 'Network', { publicTier: true });
  const token = new SecretStore(stack, 'Token', { fields: { user: 'ada' } });
  const service = new ContainerService(stack, 'Service', {
    network, port: 8080, scaling: { min: 2, max: 2 }, environment: { COLOUR: 'blue' },
    image: ContainerImage.fromEcrRepository(Repository.fromRepositoryName(stack, 'Images', 'images'), '1'),
    secrets: { TOKEN: token.containerSecret('user') }, gracefulStop: Duration.seconds(5),
  });
  service.use(new SharedFileSystem(stack, 'Files', { network }), Access.READ_WRITE);
  const front = new LoadBalancer(stack, 'Front', { network, scheme: Scheme.INTERNET_FACING });
  front.defaultRoute(service, { health: { path: '/health' } });
  new CfnOutput(stack, 'FrontName', { value: (front.loadBalancer as ApplicationLoadBalancer).loadBalancerName });
  new CfnOutput(stack, 'FrontUrl', { value: front.url });
  return Synthesised.fromStack(stack).toJSON() as Template;
}

let folder: string;
let aws: LocalAws;
let containers: Containers;
let out: Record<string, string>;

beforeAll(async () => {
  [aws, folder] = await Promise.all([start(), mkdtemp(join(tmpdir(), 'containers-'))]);
  const program = join(folder, 'program.js');
  await writeFile(program, PROGRAM);
  out = await deploy(aws, 'Containers', template());
  containers = await Containers.start({
    progress: () => undefined, signal: new AbortController().signal, endpoint: aws.endpoint, environment: {}, program,
  });
}, 120_000);
afterAll(async () => {
  await containers?.stop();
  await stopAll();
  await rm(folder, { recursive: true });
});

interface Answer {
  readonly status: number;
  readonly text: string;
}

async function ask(path = '/'): Promise<Answer> {
  const response = await fetch(`${aws.endpoint}/_alb/${out.FrontName}${path}`);
  return { status: response.status, text: await response.text() };
}

/** Has several clients ask while something is done, and resolves to what they were answered. */
async function answersDuring(act: () => Promise<void>): Promise<Answer[]> {
  const answers: Answer[] = [];
  let over = false;
  const client = async () => {
    while (!over) {
      answers.push(await ask());
    }
  };
  const acting = sleep(300).then(act).finally(() => {
    over = true;
  });
  await Promise.all([acting, ...Array.from({ length: 4 }, client)]);
  return answers;
}

const pids = () => containers.tasks.map(({ pid }) => pid).sort();

async function eventually(probe: () => boolean): Promise<void> {
  for (let tries = 0; tries < 800 && !probe(); tries += 1) {
    await sleep(50);
  }
  expect(probe()).toBe(true);
}

test('both tasks answer through the load balancer, with their environment and their secret', async () => {
  const answers = await Promise.all(Array.from({ length: 20 }, () => ask()));
  expect(new Set(answers.map(({ text }) => (JSON.parse(text) as { PORT: string }).PORT)).size).toBe(2);
  expect(JSON.parse(answers[0]!.text)).toMatchObject({ VERSION: '1', COLOUR: 'blue', TOKEN: 'ada' });
  expect(aws.urlOf(out.FrontUrl!)).toBe(`${aws.endpoint}/_alb/${out.FrontName}`);
}, 20_000);

test('all of them see the files that they mount, and find them where they are told', async () => {
  await Promise.all(Array.from({ length: 20 }, () => ask('/keep')));
  const ports = containers.tasks.map(({ port }) => String(port)).sort().join();
  const seen = await Promise.all(Array.from({ length: 20 }, () => ask('/kept')));
  expect(new Set(seen.map(({ text }) => text))).toEqual(new Set([ports]));
}, 20_000);

test('a new version takes over without one failed request', async () => {
  const answers = await answersDuring(() => containers.roll('2'));
  expect(answers.filter(({ status }) => status !== 200)).toEqual([]);
  expect(answers.length).toBeGreaterThan(20);
  expect(JSON.parse((await ask()).text)).toMatchObject({ VERSION: '2' });
}, 60_000);

// Of the tasks of the bad version only one gets on; it says nothing, or comes into service.
test.each([['that says nothing', { SILENT: 'true' }], ['that serves', {}]])(
  'a version whose tasks fail is taken back without one failed request, and with it a task of it %s', async (what, environment) => {
    const before = pids();
    const alone = join(folder, what);
    const answers = await answersDuring(() => expect(containers.roll('bad', { ALONE: alone, ...environment })).rejects.toMatchObject({
      name: 'LocalAwsError', code: 'DEPLOYMENT_ROLLED_BACK', message: expect.stringMatching(/^Version bad [^]*somebody else is there$/) as string,
    }));
    expect(answers.filter(({ status }) => status !== 200)).toEqual([]);
    expect(pids()).toEqual(before);
    const pid = Number(await readFile(join(alone, 'pid'), 'utf8'));
    expect(() => process.kill(pid, 0)).toThrow('ESRCH');
    const asked = await Promise.all(Array.from({ length: 20 }, () => ask()));
    expect(new Set(asked.map(({ text }) => (JSON.parse(text) as { VERSION: string }).VERSION))).toEqual(new Set(['2']));
  }, 60_000,
);

test('a task that dies or hangs is replaced', async () => {
  const [first, second] = containers.tasks;
  await first!.kill();
  second!.pause();
  await eventually(() => containers.tasks.length === 2 && ![first, second].some((task) => containers.tasks.includes(task!)));
  await eventually(() => containers.tasks.every(({ inService }) => inService));
  expect(await ask()).toMatchObject({ status: 200 });
}, 60_000);

test('nothing of them is left when they are stopped', async () => {
  const { FILES_PATH } = JSON.parse((await ask()).text) as { FILES_PATH: string };
  const ran = pids();
  expect(existsSync(FILES_PATH)).toBe(true);
  await containers.stop();
  expect(existsSync(FILES_PATH)).toBe(false);
  ran.forEach((pid) => expect(() => process.kill(pid, 0)).toThrow('ESRCH'));
}, 20_000);
