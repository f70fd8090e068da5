// Compiles a copy of lib with jsii, which proves that the public API could be offered to Python, Java, .NET and Go as it is.
// The package itself is built by tsc. Needs the network for jsii.
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const { name, version, description, license, devDependencies } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));
const peers = { 'aws-cdk-lib': devDependencies['aws-cdk-lib'], 'constructs': devDependencies.constructs };
const copy = mkdtempSync(path.join(tmpdir(), 'jsii-'));

try {
  cpSync(path.join(root, 'lib'), path.join(copy, 'lib'), { recursive: true });
  writeFileSync(path.join(copy, 'README.md'), `# ${name}\n`);
  writeFileSync(path.join(copy, 'package.json'), JSON.stringify({
    name, version, description, license,
    author: { name, email: 'nobody@example.com' },
    repository: { type: 'git', url: 'https://example.com/repository.git' },
    main: 'lib/index.js', types: 'lib/index.d.ts', stability: 'experimental',
    jsii: { outdir: 'dist', targets: {} },
    peerDependencies: peers, devDependencies: peers,
  }));
  mkdirSync(path.join(copy, 'node_modules', '@types'), { recursive: true });
  for (const dependency of [...Object.keys(peers), '@types/node']) {
    symlinkSync(path.join(root, 'node_modules', dependency), path.join(copy, 'node_modules', dependency));
  }
  execFileSync('npx', ['--yes', 'jsii@6.0.16', '--silence-warnings', 'reserved-word'], { cwd: copy, stdio: 'inherit' });
} finally {
  rmSync(copy, { recursive: true, force: true });
}
