/** The nearest libraries, in a folder of their own: nobody who uses or tests the package needs them. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

import { cacheFolder } from '../../lib/core/cache-folder';
import { packageRoot } from '../../lib/core/package-root';

export const PEERS = {
  'redlock-universal': '0.8.5',
  '@deliveryhero/dynamodb-lock': '2.0.0',
  'rate-limiter-flexible': '11.4.0',
  'async-cache-dedupe': '3.4.0',
  'opossum': '10.0.0',
  'hashring': '3.2.0',
} as const;
export type Peer = keyof typeof PEERS;

/** Clients are ours, those of AWS in the folder too: with the same client, the difference is the library's. */
const MANIFEST = `${JSON.stringify({ private: true, dependencies: PEERS }, undefined, 2)}\n`;

/** Installs them unless they are there already; answers how each is loaded. */
export function installPeers(): (peer: Peer) => unknown {
  const folder = cacheFolder('bench-runtime-peers');
  const manifest = join(folder, 'package.json');
  const done = join(folder, 'installed');
  if (!existsSync(done) || readFileSync(manifest, 'utf8') !== MANIFEST) {
    mkdirSync(folder, { recursive: true });
    writeFileSync(manifest, MANIFEST);
    const { status } = spawnSync('npm install --no-audit --no-fund --ignore-scripts --no-package-lock --legacy-peer-deps',
      { cwd: folder, shell: true, stdio: ['ignore', 'ignore', 'inherit'] });
    if (status !== 0) {
      throw new Error('npm could not install the libraries to compare with');
    }
    symlinkSync(join(packageRoot(), 'node_modules', '@aws-sdk'), join(folder, 'node_modules', '@aws-sdk'));
    writeFileSync(done, '');
  }
  return createRequire(manifest) as (peer: Peer) => unknown;
}

export const title = (peer: Peer): string => `${peer} ${PEERS[peer]}`;
