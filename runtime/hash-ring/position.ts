import { createHash } from 'node:crypto';

/** Where a text is on the ring: the first six bytes of its SHA-256, big-endian, which a number holds exactly. */
export const positionOf = (text: string): number => createHash('sha256').update(text).digest().readUIntBE(0, 6);
