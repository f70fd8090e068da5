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
    const { App, Stack } = require('aws-cdk-lib');
    const { Profile } = require('cdk-system-blueprints');
    const { UrlShortener } = require('cdk-system-blueprints/blueprints');
    for (const profile of [Profile.SANDBOX, Profile.PRODUCTION]) {
      const app = new App();
      Profile.set(app, profile);
      new UrlShortener(new Stack(app, 'Floor'), 'UrlShortener');
      const { Resources } = app.synth().getStackByName('Floor').template;
      console.log('${floor.join(', ')}:', profile.name, Object.keys(Resources).length, 'resources');
    }
  `);
  run(process.execPath, 'app.js');
} finally {
  rmSync(app, { recursive: true, force: true });
}
