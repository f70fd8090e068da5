import { main } from '../../cli/main';

function run(...args: string[]) {
  const written: string[] = [];
  const write = (text: string | Uint8Array) => { written.push(String(text)); return true; };
  const spies = [jest.spyOn(process.stdout, 'write').mockImplementation(write), jest.spyOn(process.stderr, 'write').mockImplementation(write)];
  return main(args).then((exitCode) => ({ exitCode, output: written.join('') })).finally(() => spies.forEach((spy) => spy.mockRestore()));
}

describe('list', () => {
  it('tells name, title, concepts, services, and what is proven where', async () => {
    const { exitCode, output } = await run('list');
    expect(exitCode).toBe(0);
    expect(output).toMatch(/^url-shortener\n {2}Short links/);
    for (const part of ['concepts          ApiGateway', 'AWS services      API Gateway, Lambda', 'proven locally', 'only AWS can show throttling']) {
      expect(output).toContain(part);
    }
  });
});

it('hears who interrupts it, and not that the other end of a connection has died', async () => {
  const heard: number[][] = [];
  const listening = () => ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGPIPE'].map((signal) => process.listenerCount(signal));
  const before = listening();
  const write = jest.spyOn(process.stdout, 'write').mockImplementation(() => heard.push(listening()) > 0);
  expect(await main(['list']).finally(() => write.mockRestore())).toBe(0);
  expect(heard[0]!.map((count, signal) => count - before[signal]!)).toEqual([1, 1, 1, 0]);
  expect(listening()).toEqual(before);
});

describe('a command that is not understood', () => {
  it.each([
    [['try', 'url-shortner'], 1, 'there is no blueprint \'url-shortner\'; did you mean url-shortener?\nblueprints: url-shortener'],
    [['verify', 'nothing-like-it'], 1, 'there is no blueprint \'nothing-like-it\'\nblueprints: url-shortener'],
    [['verify'], 2, 'verify which blueprint?'],
    [['redrive'], 2, 'redrive the dead letters of which stack?'],
    [['deploy'], 2, 'there is no command \'deploy\''],
    [['expalin', 'url-shortener'], 2, 'there is no command \'expalin\''],
    [['constructor'], 2, 'there is no command \'constructor\''],
    [['list', 'url-shortener'], 2, 'list takes no name; \'url-shortener\' is too much'],
    [['list', '--all'], 2, 'list has no option --all'],
    [['explain', 'url-shortener', '--svg', 'a.svg'], 2, 'explain has no option --svg'],
    [['verify', 'url-shortener', '--keep'], 2, 'verify has no option --keep; it has --stack'],
    [['try', '--all', '--keep'], 2, 'try --keep, or try --all'],
    [['try', '--all', 'url-shortener'], 2, 'try url-shortener, or try --all'],
    [['diagram', 'url-shortener', '--svg', ''], 2, '--svg is given nothing'],
    [['try', 'url-shortener', 'other'], 2, 'one name at a time'],
    [['try', '--fast'], 2, 'Unknown option \'--fast\'\n\nsystem-blueprints <command>'],
    [['try', '--port', 'http'], 2, '--port is \'http\'; allowed: a whole number from 1 to 65535'],
    [['try', '--port', '70000'], 2, '--port is \'70000\''],
  ])('%j is refused with exit code %d and a clear word', async (args, exitCode, word) => {
    const result = await run(...args);
    expect(result.exitCode).toBe(exitCode);
    expect(result.output).toContain(word);
    expect(result.output).not.toMatch(/\n\s+at /);
  });
});

it('an emulator that does not answer is named, without a stack trace', async () => {
  const { AWS_ENDPOINT_URL } = process.env;
  process.env.AWS_ENDPOINT_URL = 'http://127.0.0.1:1';
  const { exitCode, output } = await run('try', 'url-shortener').finally(() => {
    delete process.env.AWS_ENDPOINT_URL;
    Object.assign(process.env, AWS_ENDPOINT_URL !== undefined && { AWS_ENDPOINT_URL });
  });
  expect(exitCode).toBe(1);
  expect(output).toContain('http://127.0.0.1:1 does not answer as AWS does: ');
  expect(output).not.toMatch(/\n\s+at /);
}, 120_000);

it('--version prints the version of the package', async () => {
  const { exitCode, output } = await run('--version');
  expect({ exitCode, output }).toEqual({ exitCode: 0, output: expect.stringMatching(/^\d+\.\d+\.\d+\S*\n$/) });
});

it.each([[['help']], [['--help']], [['explain', '--help']], [[]]])('%j prints the usage', async (args) => {
  const { exitCode, output } = await run(...args);
  expect(exitCode).toBe(0);
  expect(output).toContain('try [name] [--keep] [--port N]');
});
