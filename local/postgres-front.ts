import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { TLSSocket } from 'node:tls';

import type { Certificate } from './certificate';
import { LOOPBACK } from './free-port';
import { Passage } from './passage';

/** What a client of PostgreSQL sends before anything else when it wants TLS: a length of 8 and the number 80877103. */
const ASKS_FOR_TLS = Buffer.from([0, 0, 0, 8, 4, 210, 22, 47]);

/** Speaks TLS, as clients of PostgreSQL ask for it, for a server behind it that is built without. */
export class PostgresFront {
  private readonly passage: Passage;

  private constructor(server: Server) {
    this.passage = new Passage(server);
  }

  /**
   * Listens on a port.
   *
   * @param target asked for each connection: the port of the loopback address behind it
   */
  public static async start(certificate: Certificate, port: number, target: () => number): Promise<PostgresFront> {
    const [cert, key] = await Promise.all([readFile(certificate.certFile), readFile(certificate.keyFile)]);
    const server = createServer();
    const front = new PostgresFront(server);
    server.on('connection', (socket) => {
      front.passage.hold(socket);
      socket.once('data', (first) => {
        socket.pause();
        if (!first.equals(ASKS_FOR_TLS)) {
          socket.unshift(first);
          front.passage.open(socket, target());
          return;
        }
        socket.write('S');
        front.passage.open(new TLSSocket(socket, { isServer: true, cert, key }), target());
      });
    });
    await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, LOOPBACK, resolve));
    return front;
  }

  /** Ends every connection, so that clients come anew and are led to where the target is now. */
  public cut(): void {
    this.passage.cut();
  }

  /** Ends it and every connection. May be called again. */
  public stop(): Promise<void> {
    return this.passage.close();
  }
}
