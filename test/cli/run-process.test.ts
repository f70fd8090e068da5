import { spawnSync } from 'node:child_process';
import * as os from 'node:os';
import { runProcess } from '../../cli/run-process';

const options = (signal = new AbortController().signal) => ({ cwd: os.tmpdir(), env: process.env, signal });
const node = (script: string) => [process.execPath, '-e', script];

it('resolves to what the program wrote', async () => {
  await expect(runProcess('it', node('console.log("a"); console.error("b")'), options())).resolves.toMatch(/a|b/);
});

it('rejects with the end of the output when the program fails', async () => {
  const script = 'for (let i = 0; i < 100; i++) console.log("line " + i); process.exitCode = 3';
  await expect(runProcess('the deployment', node(script), options())).rejects.toThrow(/^the deployment failed \(exit code 3\):\n {2}line 70\n[^]*line 99$/);
});

it('rejects when the program does not exist', async () => {
  await expect(runProcess('it', ['/no/such/program'], options())).rejects.toThrow('it could not be started');
});

it('stops the program with everything that it started when the signal aborts', async () => {
  const abort = new AbortController();
  let grandchild = 0;
  const running = runProcess('it', node(`
    const child = require('node:child_process').spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
    console.log(child.pid);
    setInterval(() => {}, 1000);
  `), { ...options(abort.signal), onLine: (line) => { grandchild = Number(line); abort.abort(new Error('Ctrl-C')); } });
  await expect(running).rejects.toThrow('Ctrl-C');
  expect(grandchild).toBeGreaterThan(0);
  await new Promise((resolve) => setTimeout(resolve, 100));
  // Where nobody collects the dead, one that was killed stays in the list as a zombie.
  expect(spawnSync('ps', ['-o', 'stat=', '-p', String(grandchild)], { encoding: 'utf8' }).stdout.trim()).toMatch(/^(Z.*)?$/);
});
