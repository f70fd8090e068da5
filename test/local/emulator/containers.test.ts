/** Tasks of a deployed ContainerService as processes behind the emulator's load balancer. */
import { App, BootstraplessSynthesizer, CfnOutput, Duration, Stack } from 'aws-cdk-lib';
import { Template as Synthesised } from 'aws-cdk-lib/assertions';
import { Repository } from 'aws-cdk-lib/aws-ecr';
import { ContainerImage } from 'aws-cdk-lib/aws-ecs';
import type { ApplicationLoadBalancer } from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { ContainerService, LoadBalancer, Network, Profile, Scheme, SecretStore } from '../../../lib';
import type { LocalAws } from '../../../local';
import { Containers } from '../../../local/containers';
import { start, stopAll } from '../start';
import { deploy, type Template } from './cloudformation';

/** Answers after a moment with what it is, and ends what it has begun before it ends itself. */
const PROGRAM = `
const { createServer } = require('node:http');
const { VERSION, COLOUR, TOKEN, PORT } = process.env;
const server = createServer((request, response) => {
  if (request.url === '/health') return response.end('well');
  if (request.url === '/die') process.exit(1);
  setTimeout(() => response.end(JSON.stringify({ VERSION, COLOUR, TOKEN, PORT })), 100);
});
server.listen(Number(PORT), '127.0.0.1');
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

/** Asks until it is told to end, several at a time. */
async function load(until: AbortSignal): Promise<Answer[]> {
  const answers: Answer[] = [];
  await Promise.all(Array.from({ length: 4 }, async () => {
    while (!until.aborted) {
      answers.push(await ask());
    }
  }));
  return answers;
}

async function eventually(probe: () => boolean): Promise<void> {
  while (!probe()) {
    await sleep(50);
  }
}

test('both tasks answer through the load balancer, with their environment and their secret', async () => {
  const answers = await Promise.all(Array.from({ length: 20 }, () => ask()));
  expect(new Set(answers.map(({ text }) => (JSON.parse(text) as { PORT: string }).PORT)).size).toBe(2);
  expect(JSON.parse(answers[0]!.text)).toMatchObject({ VERSION: '1', COLOUR: 'blue', TOKEN: 'ada' });
  expect(aws.urlOf(out.FrontUrl!)).toBe(`${aws.endpoint}/_alb/${out.FrontName}`);
}, 20_000);

test('a new version takes over without one failed request', async () => {
  const over = new AbortController();
  const loaded = load(over.signal);
  await sleep(300);
  await containers.roll('2');
  over.abort();
  const answers = await loaded;
  expect(answers.filter(({ status }) => status !== 200)).toEqual([]);
  expect(answers.length).toBeGreaterThan(20);
  expect(JSON.parse((await ask()).text)).toMatchObject({ VERSION: '2' });
}, 60_000);

test('a task that dies or hangs is replaced', async () => {
  const [first, second] = containers.tasks;
  await first!.kill();
  second!.pause();
  await eventually(() => containers.tasks.length === 2 && ![first, second].some((task) => containers.tasks.includes(task!)));
  await eventually(() => containers.tasks.every(({ inService }) => inService));
  expect(await ask()).toMatchObject({ status: 200 });
}, 60_000);
