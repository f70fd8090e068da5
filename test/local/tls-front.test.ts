import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, type TLSSocket } from 'node:tls';
import { type Certificate, createCertificate } from '../../local/certificate';
import { TlsFront } from '../../local/tls-front';

let folder: string;
let certificate: Certificate;
let echo: Server;
let front: TlsFront;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tls-front-'));
  certificate = await createCertificate(folder, new AbortController().signal);
  echo = createServer((socket) => socket.pipe(socket)).listen(0, '127.0.0.1');
  await new Promise((resolve) => echo.once('listening', resolve));
  front = await TlsFront.start(certificate, () => (echo.address() as AddressInfo).port);
});

afterAll(async () => {
  await front.stop();
  echo.close();
  await rm(folder, { recursive: true });
});

/** A client that checks the certificate as strictly as any. */
async function client(options: object): Promise<TLSSocket> {
  const socket = connect({ host: '127.0.0.1', port: front.port, ...options });
  await new Promise((resolve, reject) => socket.once('secureConnect', resolve).once('error', reject));
  return socket;
}

test('whoever trusts the certificate talks to the server behind', async () => {
  const socket = await client({ ca: await readFile(certificate.certFile) });
  const answer = new Promise((resolve) => socket.once('data', (data) => resolve(data.toString())));
  socket.write('hello');
  expect(await answer).toBe('hello');
  socket.destroy();
});

test('whoever does not trust it connects to nobody', async () => {
  await expect(client({})).rejects.toThrow(/self-signed certificate/);
});

test('a crash behind it is a crash in front of it', async () => {
  const crashing = createServer((socket) => socket.resetAndDestroy()).listen(0, '127.0.0.1');
  await new Promise((resolve) => crashing.once('listening', resolve));
  const other = await TlsFront.start(certificate, () => (crashing.address() as AddressInfo).port);
  const socket = connect({ host: '127.0.0.1', port: other.port, ca: await readFile(certificate.certFile) });
  await new Promise((resolve) => socket.once('close', resolve).on('error', () => undefined));
  await other.stop();
  crashing.close();
});

test('the key is for nobody else to read', async () => {
  expect((await stat(certificate.keyFile)).mode & 0o077).toBe(0);
});
