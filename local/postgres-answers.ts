import { connect } from 'node:net';

import { LOOPBACK } from './free-port';

/** The superuser of every server of ours. */
export const SUPERUSER = 'postgres';

/** A start-up message: version 3.0, then names and values, each ended by a zero. */
const HELLO = ((): Buffer => {
  const body = Buffer.from(`\0\x03\0\0user\0${SUPERUSER}\0database\0postgres\0\0`, 'latin1');
  const length = Buffer.alloc(4);
  length.writeInt32BE(body.length + 4);
  return Buffer.concat([length, body]);
})();

/** Whether a server is up and lets in: it answers R (authentication), and E (error) while it still starts. */
export function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: LOOPBACK, port, timeout: 1_000 });
    const settle = (answer: boolean): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.once('connect', () => socket.write(HELLO));
    socket.once('data', (data) => settle(data.toString('latin1').startsWith('R')));
    socket.once('timeout', () => settle(false));
    socket.once('error', () => settle(false));
    socket.once('close', () => settle(false));
  });
}
