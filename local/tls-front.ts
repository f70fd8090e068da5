import { readFile } from 'node:fs/promises';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { createServer, type Server } from 'node:tls';

import type { Certificate } from './certificate';
import { LOOPBACK } from './free-port';

/** A server that speaks TLS for one behind it that does not. */
export class TlsFront {
  private readonly sockets = new Set<Socket>();

  private constructor(private readonly server: Server) {
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
    server.on('secureConnection', (socket) => front.pass(socket, target()));
    await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, LOOPBACK, resolve));
    return front;
  }

  /** Ends it and every connection. May be called again. */
  public async stop(): Promise<void> {
    this.sockets.forEach((socket) => socket.destroy());
    await new Promise<void>((resolve) => this.server.close(() => resolve()));
  }

  /** What ends on one side ends on the other, a crash included. */
  private pass(client: Socket, port: number): void {
    const server = connect(port, LOOPBACK);
    for (const [one, other] of [[client, server], [server, client]] as const) {
      this.sockets.add(one);
      one.on('error', () => undefined);
      one.on('close', () => {
        this.sockets.delete(one);
        other.destroy();
      });
      one.pipe(other);
    }
  }
}
