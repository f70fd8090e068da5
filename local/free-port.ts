import { createServer, type AddressInfo } from 'node:net';

import { LocalAwsError } from './local-aws-error';

/** The only address the local AWS listens on. */
export const LOOPBACK = '127.0.0.1';

/** What is said when somebody else listens on a port. */
export function portTaken(port?: number): LocalAwsError {
  return new LocalAwsError('PORT_TAKEN', `Port ${port} of ${LOOPBACK} is in use.`, 'Give another one, or none and a free one is taken.');
}

/**
 * A port of the loopback address that nobody listens on.
 * @param wanted this one and no other
 * @throws LocalAwsError PORT_TAKEN when the wanted one is in use
 */
export function freePort(wanted?: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => reject(
      error.code === 'EADDRINUSE'
        ? portTaken(wanted)
        : new LocalAwsError('PORT_REFUSED', `Port ${wanted} of ${LOOPBACK} cannot be used: ${error.message}`, 'Give a port from 1024 to 65535.'),
    ));
    server.listen({ host: LOOPBACK, port: wanted ?? 0, exclusive: true }, () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}
