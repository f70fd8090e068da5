/** What is compared with what, and the folder of its own where all of it is installed. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';

const SCOPE = '@aws-solutions-constructs';

/**
 * A stack that names no region has networks of two zones whatever is asked for, and the load balancer pattern refuses it: what
 * has a network is compared in a region.
 */
const IN_A_REGION = { account: '111122223333', region: 'us-east-1', zones: ['us-east-1a', 'us-east-1b', 'us-east-1c'] };

/**
 * The nearest AWS Solutions Constructs pattern of each concept; what names none is compared with its twin alone. All patterns of
 * a release carry its number, but a registry need not hold every pattern of every release: these are the newest that could be
 * had where the figures were taken.
 */
export const PEERS = {
  'load-balancer': { name: 'aws-alb-lambda', version: '2.104.0', where: IN_A_REGION },
  'api-gateway': { name: 'aws-apigateway-lambda', version: '2.104.0', title: 'HTTP API (the pattern is REST)' },
  'rest-api-gateway': { name: 'aws-apigateway-lambda', version: '2.104.0', title: 'REST API', page: 'api-gateway' },
  cdn: { name: 'aws-cloudfront-s3', version: '2.104.0' },
  'work-queue': { name: 'aws-sqs-lambda', version: '2.104.0' },
  'key-value-store': { name: 'aws-lambda-dynamodb', version: '2.101.0' },
  cache: { name: 'aws-lambda-elasticachememcached', version: '2.104.0', where: IN_A_REGION },
  'event-stream': { name: 'aws-kinesisstreams-lambda', version: '2.76.0' },
  'relational-database': { where: IN_A_REGION },
  'shared-file-system': { where: IN_A_REGION },
  'fan-out': {},
  'secret-store': {},
  'identity-provider': {},
};
const patterns = Object.values(PEERS).filter(({ name }) => name);

const MANIFEST = {
  private: true,
  dependencies: { 'aws-cdk-lib': '2.276.0', 'cdk-nag': '3.0.2', constructs: '10.8.1' },
  // Optional, so that a pattern which the registry does not have leaves its row without a peer and the others alone.
  optionalDependencies: Object.fromEntries(patterns.map(({ name, version }) => [`${SCOPE}/${name}`, version])),
};

/** Installs the peers unless they are there already, and answers where. */
export function installPeers() {
  const { XDG_CACHE_HOME: home } = process.env;
  const folder = join(home && isAbsolute(home) ? home : join(homedir(), '.cache'), 'cdk-system-blueprints', 'bench-peers');
  const manifest = join(folder, 'package.json');
  const wanted = `${JSON.stringify(MANIFEST, undefined, 2)}\n`;
  if (existsSync(manifest) && readFileSync(manifest, 'utf8') === wanted && existsSync(join(folder, 'installed'))) {
    return folder;
  }
  mkdirSync(folder, { recursive: true });
  writeFileSync(manifest, wanted);
  console.log(`installing the peers in ${folder}`);
  // Patterns of different releases name their own release of the core as a peer, which npm alone would call a conflict.
  const { status } = spawnSync('npm install --no-audit --no-fund --ignore-scripts --no-package-lock --legacy-peer-deps',
    { cwd: folder, shell: true, stdio: ['ignore', 'ignore', 'inherit'] });
  if (status !== 0) {
    throw new Error('npm could not install the peers');
  }
  writeFileSync(join(folder, 'installed'), '');
  return folder;
}

/** Whether a concept has a peer, and the registry had it. */
export function hasPeer(folder, concept) {
  const { name } = PEERS[concept];
  return name !== undefined && existsSync(join(folder, 'node_modules', SCOPE, name, 'package.json'));
}
