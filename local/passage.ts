import { connect, type Server, type Socket } from 'node:net';

import { LOOPBACK } from './free-port';

/** The connections that a server passes on to another one behind it. */
export class Passage {
  private readonly sockets = new Set<Socket>();

  /** @param server who hears from the clients */
  constructor(private readonly server: Server) {}

  /** Remembers a connection, so that it ends with the rest. */
  public hold(socket: Socket): void {
    this.sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => this.sockets.delete(socket));
  }

  /** Connects a client to a port behind. What ends on one side ends on the other, a crash included. */
  public open(client: Socket, port: number): void {
    const behind = connect(port, LOOPBACK);
    for (const [one, other] of [[client, behind], [behind, client]] as const) {
      this.hold(one);
      one.on('close', () => other.destroy());
      one.pipe(other);
    }
  }

  /** Ends every connection. New ones are taken. */
  public cut(): void {
    this.sockets.forEach((socket) => socket.destroy());
  }

  /** Ends the server and every connection. May be called again. */
  public async close(): Promise<void> {
    this.cut();
    await new Promise<void>((resolve) => this.server.close(() => resolve()));
  }
}
