// Synthesises the packed package with the oldest aws-cdk-lib and constructs that its peer range allows. Needs the network.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const { peerDependencies } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));
const floor = ['aws-cdk-lib', 'constructs'].map((name) => `${name}@${peerDependencies[name].replace('^', '')}`);
const app = mkdtempSync(path.join(tmpdir(), 'floor-'));
const run = (program, ...args) => execFileSync(program, args, { cwd: app, stdio: ['ignore', 'inherit', 'inherit'] });

try {
  execFileSync('npm', ['pack', '--silent', '--pack-destination', app], { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] });
  writeFileSync(path.join(app, 'package.json'), '{}');
  run('sh', '-c', `npm install --silent ${floor.join(' ')} ./cdk-system-blueprints-*.tgz`);
  writeFileSync(path.join(app, 'app.js'), `
    const { App, Duration, Stack } = require('aws-cdk-lib');
    const { Certificate } = require('aws-cdk-lib/aws-certificatemanager');
    const { ContainerImage } = require('aws-cdk-lib/aws-ecs');
    const { ScheduleExpression } = require('aws-cdk-lib/aws-scheduler');
    const concepts = require('cdk-system-blueprints');
    const { UrlShortener } = require('cdk-system-blueprints/blueprints');
    const { Access, Egress, Handler, Profile, Scheme } = concepts;

    const everyConcept = (stack) => {
      const make = (name, props, id = name) => new concepts[name](stack, id, props);
      const network = make('Network', { egress: Egress.REGIONAL_NAT, publicTier: true });
      const worker = make('FunctionService', { handler: Handler.of('url-shortener/redirect'), network });
      const service = make('ContainerService', { image: ContainerImage.fromRegistry('public.ecr.aws/nginx/nginx:1.27'), port: 80 });
      const store = make('KeyValueStore', { partitionKey: 'id' });
      const idempotent = true;
      make('WorkQueue').consumedBy(worker, { idempotent });
      make('PriorityWorkQueue', { levels: [{ name: 'urgent' }, { name: 'bulk' }] }).consumedBy(service, { idempotent });
      make('EventStream', { partitionKey: 'id' }).consumedBy(worker, { idempotent });
      store.consumedBy(worker, { idempotent });
      make('Projection', { store: make('EventStore', { archive: {} }), worker });
      worker.use(make('Cache'), Access.READ);
      worker.use(make('CacheStrategy', { cache: make('Cache', {}, 'Cached'), store }), Access.READ);
      worker.use(make('DistributedLock'), Access.WRITE);
      worker.use(make('Idempotency'), Access.WRITE);
      worker.use(make('SessionStore'), Access.READ_WRITE);
      make('JobStatus').route(make('ApiGateway', {}, 'JobsApi'));
      service.use(make('LeaderElection'), Access.WRITE);
      worker.use(make('RateLimiter', { requests: 100, window: Duration.minutes(1), whenUnavailable: concepts.FailMode.OPEN }), Access.WRITE);
      const certificates = [Certificate.fromCertificateArn(stack, 'Given', 'arn:aws:acm:eu-west-1:111122223333:certificate/c')];
      make('LoadBalancer', { scheme: Scheme.INTERNET_FACING, certificates }).route({ path: ['/*'] }, service);
      make('Layer4LoadBalancer', { scheme: Scheme.INTERNAL });
      make('ApiGateway').route('GET /', worker);
      make('RestApiGateway').route('GET /', worker);
      make('WebSocketGateway');
      worker.use(make('CircuitBreaker'), Access.READ_WRITE);
      worker.use(make('AdmissionControl', { workQueue: make('WorkQueue', {}, 'Admitted'), maxBacklog: 100 }), Access.READ);
      worker.use(make('SecretStore', { rotation: { worker, every: Duration.days(30) } }), Access.READ);
      worker.use(make('PresignedUpload', { contentTypes: ['image/*'] }), Access.READ_WRITE);
      const news = make('FanOut');
      news.subscribe(make('WorkQueue', {}, 'Subscriber'), { filter: { kind: ['created'] } });
      worker.use(news, Access.WRITE);
      make('ApiGateway', {}, 'Guarded').route('GET /', worker, { authorizer: make('IdentityProvider', { groups: ['editors'] }).authorizer() });
      worker.use(make('SharedFileSystem'), Access.READ);
      make('Cdn', { origin: make('ObjectStore') });
      worker.use(make('RelationalDatabase', { pool: true, readers: 1 }), Access.READ);
      make('Saga', { steps: [{ name: 'Charge', do: worker, undo: worker }] });
      const cronWorker = make('FunctionService', { handler: Handler.of('url-shortener/redirect') }, 'CronWorker');
      make('SingletonCron', { schedule: ScheduleExpression.rate(Duration.hours(1)), worker: cronWorker });
      make('WindowedAggregate', { window: Duration.minutes(1) });
    };
    for (const profile of [Profile.SANDBOX, Profile.PRODUCTION]) {
      for (const [name, build] of [['every concept', everyConcept], ['url-shortener', (stack) => new UrlShortener(stack, 'UrlShortener')]]) {
        const app = new App();
        Profile.set(app, profile);
        build(new Stack(app, 'Floor'));
        const { Resources } = app.synth().getStackByName('Floor').template;
        console.log('${floor.join(', ')}:', name, profile.name, Object.keys(Resources).length, 'resources');
      }
    }
  `);
  run(process.execPath, 'app.js');
} finally {
  rmSync(app, { recursive: true, force: true });
}
