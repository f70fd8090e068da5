import { readFile } from 'node:fs/promises';
import { type AddressInfo } from 'node:net';
import { createServer, type Server } from 'node:tls';

import type { Certificate } from './certificate';
import { LOOPBACK } from './free-port';
import { Passage } from './passage';

/** A server that speaks TLS for one behind it that does not. */
export class TlsFront {
  private readonly passage: Passage;

  private constructor(private readonly server: Server) {
    this.passage = new Passage(server);
    server.on('tlsClientError', () => undefined);
  }

  /** The port of the loopback address that it listens on. */
  public get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  /**
   * Listens on a free port.
   *
   * @param target asked for each connection: the port of the loopback address behind it
   */
  public static async start(certificate: Certificate, target: () => number): Promise<TlsFront> {
    const [cert, key] = await Promise.all([readFile(certificate.certFile), readFile(certificate.keyFile)]);
    const server = createServer({ cert, key, pauseOnConnect: true });
    const front = new TlsFront(server);
    server.on('secureConnection', (socket) => front.passage.open(socket, target()));
    await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, LOOPBACK, resolve));
    return front;
  }

  /** Ends it and every connection. May be called again. */
  public stop(): Promise<void> {
    return this.passage.close();
  }
}
