import { readFile } from 'node:fs/promises';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { TLSSocket } from 'node:tls';

import type { Certificate } from './certificate';
import { LOOPBACK } from './free-port';

/** What a client of PostgreSQL sends before anything else when it wants TLS: a length of 8 and the number 80877103. */
const ASKS_FOR_TLS = Buffer.from([0, 0, 0, 8, 4, 210, 22, 47]);

/** Speaks TLS, as clients of PostgreSQL ask for it, for a server behind it that is built without. */
export class PostgresFront {
  private readonly sockets = new Set<Socket>();

  private constructor(private readonly server: Server) {}

  /**
   * Listens on a port.
   *
   * @param target the port of the loopback address behind it
   */
  public static async start(certificate: Certificate, port: number, target: number): Promise<PostgresFront> {
    const [cert, key] = await Promise.all([readFile(certificate.certFile), readFile(certificate.keyFile)]);
    const server = createServer();
    const front = new PostgresFront(server);
    server.on('connection', (socket) => {
      front.hold(socket);
      socket.once('data', (first) => {
        socket.pause();
        if (!first.equals(ASKS_FOR_TLS)) {
          socket.unshift(first);
          front.pass(socket, target);
          return;
        }
        socket.write('S');
        front.pass(new TLSSocket(socket, { isServer: true, cert, key }), target);
      });
    });
    await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, LOOPBACK, resolve));
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
      this.hold(one);
      one.on('close', () => other.destroy());
      one.pipe(other);
    }
  }

  private hold(socket: Socket): void {
    this.sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => this.sockets.delete(socket));
  }
}
